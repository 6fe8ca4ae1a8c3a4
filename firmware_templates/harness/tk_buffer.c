/* SPDX-License-Identifier: 0BSD */
#include "tk_buffer.h"

#include <string.h>

#include "model_select.h"
#include "tk_board.h"

/* What was received lies at the start of the free RAM, the model's input at its end. */
static uint32_t expected, received;
static bool floats; /* received were floats for an input of integers */

static const tk_tensor *input(void)
{
    return &TK_MODEL.input[0];
}

static uint8_t *prepared(void)
{
    const uint32_t bytes = (input()->bytes + 15u) & ~15u;

    return tk_free_low + ((uintptr_t)tk_free_high - (uintptr_t)tk_free_low) / 16u * 16u - bytes;
}

uint32_t tk_buffer_room(void)
{
    const uint32_t free = (uint32_t)((uintptr_t)tk_free_high - (uintptr_t)tk_free_low);
    const uint32_t needed = input()->bytes + 32u; /* two ends that are aligned to 16 */

    return free > needed ? free - needed : 0;
}

bool tk_buffer_expect(uint32_t bytes)
{
    if (bytes > tk_buffer_room())
        return false;
    expected = bytes;
    received = 0;
    return true;
}

tk_buffer_state tk_buffer_append(uint8_t byte)
{
    if (received == expected)
        return TK_BUFFER_FULL;
    tk_free_low[received++] = byte;
    return received == expected ? TK_BUFFER_DONE : TK_BUFFER_MORE;
}

uint32_t tk_buffer_size(void)
{
    return received;
}

const uint8_t *tk_buffer_bytes(void)
{
    return tk_free_low;
}

uint32_t tk_tensor_values(const tk_tensor *tensor)
{
    uint32_t values = 1;

    for (unsigned i = 0; i < tensor->rank; ++i)
        values *= (uint32_t)tensor->shape[i];
    return values;
}

static float received_float(uint32_t i)
{
    float value;

    memcpy(&value, tk_free_low + i * sizeof value, sizeof value);
    return value;
}

/* The stored number nearest to a real one, halves away from zero. */
static int32_t quantise(float value)
{
    const int32_t limit = input()->dtype == TK_INT16 ? 32767 : 127;
    const float x = value / input()->scale;
    int32_t stored;

    if (x >= 65536.0f || x <= -65536.0f)
        stored = x > 0.0f ? limit : -limit - 1;
    else if (x == x)
        stored = (int32_t)(x < 0.0f ? x - 0.5f : x + 0.5f) + input()->zero_point;
    else
        stored = input()->zero_point;
    return stored > limit ? limit : stored < -limit - 1 ? -limit - 1 : stored;
}

static void store(uint32_t i, int32_t stored)
{
    const int16_t wide = (int16_t)stored;

    switch (input()->dtype) {
    case TK_INT16: memcpy(prepared() + i * sizeof wide, &wide, sizeof wide); break;
    case TK_UINT8: prepared()[i] = (uint8_t)(stored + 128); break;
    default: prepared()[i] = (uint8_t)stored; break;
    }
}

bool tk_buffer_prepare(bool pixels)
{
    const uint8_t dtype = input()->dtype;
    const uint32_t bytes = input()->bytes, values = tk_tensor_values(input());

    floats = false;
    if (tk_buffer_room() == 0) /* not even for the model's input */
        return false;
    if (expected == 0) {
        memset(prepared(), 0, bytes);
    } else if (received == bytes) {
        memcpy(prepared(), tk_free_low, bytes);
    } else if (received == values * sizeof(float) && dtype != TK_INT32) {
        floats = true;
        for (uint32_t i = 0; i < values; ++i)
            store(i, quantise(received_float(i)));
    } else {
        return false;
    }
    for (uint32_t i = 0; pixels && !floats && dtype == TK_INT8 && i < bytes; ++i)
        prepared()[i] ^= 0x80u;
    return true;
}

void tk_buffer_to_input(void)
{
    TK_MODEL.write_input(0, 0, prepared(), input()->bytes);
}

/* The element of `tensor` that lies at `at`, as a real number. */
static float real(const tk_tensor *tensor, const void *at)
{
    int32_t stored;

    if (tensor->dtype == TK_FLOAT32) {
        float value;
        memcpy(&value, at, sizeof value);
        return value;
    }
    if (tensor->dtype == TK_INT16) {
        int16_t value;
        memcpy(&value, at, sizeof value);
        stored = value;
    } else if (tensor->dtype == TK_INT32) {
        memcpy(&stored, at, sizeof stored);
    } else {
        uint8_t value;
        memcpy(&value, at, sizeof value);
        stored = tensor->dtype == TK_UINT8 ? value - 128 : (int8_t)value;
    }
    return tensor->scale * (float)(stored - tensor->zero_point);
}

static uint32_t element_bytes(const tk_tensor *tensor)
{
    return tensor->bytes / tk_tensor_values(tensor);
}

uint32_t tk_buffer_values(void)
{
    return tk_tensor_values(input());
}

float tk_buffer_value(uint32_t i)
{
    return floats ? received_float(i) : real(input(), prepared() + i * element_bytes(input()));
}

float tk_output_value(uint32_t i)
{
    const tk_tensor *const output = &TK_MODEL.output[0];
    const uint32_t size = element_bytes(output);
    _Alignas(4) uint8_t element[4] = {0};

    TK_MODEL.read_output(0, i * size, element, size);
    return real(output, element);
}
