/* SPDX-License-Identifier: 0BSD */
#include "tk_harness.h"

#include <string.h>

#include "model_select.h"
#include "tk_board.h"
#include "tk_clock.h"
#include "tk_frame.h"
#include "tk_guard.h"
#include "tk_mlperf.h"
#include "tk_stack.h"

enum { KIND, SEQUENCE, SESSION, INDEX, VALUE }; /* offsets in the header */

enum { COUNT_BYTES = 8, HASH_BYTES = 32 };

/* Microseconds without a whole frame or command after which a fast line is slow again: whoever spoke to us is gone. */
enum { SILENCE = 10000000 };

/* Microseconds without a byte after which a frame that has begun is given up: its sender is gone, and text may follow. */
enum { PAUSE = 1000000 };

static tk_frame frame; /* the command, then its reply: one is never needed beside the other */
static uint8_t session;
static uint64_t heard; /* when the last whole frame or command was answered */
static bool fast;      /* the line runs at another speed than after a reset */
static uint64_t quiet; /* when the line was first found without a byte, since the last one; 0: not yet */
static uint64_t pushed; /* counted while a streamed input came, for the inference that it began */

/* The last command and the reply that a retransmission of it gets. */
static struct {
    uint8_t kind, sequence, status;
    uint32_t value, length;
    uint8_t data[COUNT_BYTES];
} last;

static void reply(uint8_t status, uint32_t value, uint32_t length)
{
    frame.bytes[KIND] |= TK_REPLY;
    frame.bytes[INDEX] = status;
    tk_put32(frame.bytes + VALUE, value);
    frame.length = length;
    tk_frame_send(&frame);
}

/* The reply to a command that changes something: short, and kept. */
static void reply_and_keep(uint8_t status, uint32_t value, uint32_t length)
{
    last.status = status;
    last.value = value;
    last.length = length;
    memcpy(last.data, tk_frame_data(&frame), sizeof last.data);
    reply(status, value, length);
}

static void put_count(uint64_t count)
{
    tk_put32(tk_frame_data(&frame), (uint32_t)count);
    tk_put32(tk_frame_data(&frame) + 4, (uint32_t)(count >> 32));
}

/* Appends a text with its terminating zero, cut where the frame ends. */
static uint32_t put_text(uint32_t at, const char *text)
{
    uint8_t *const data = tk_frame_data(&frame);

    if (at >= TK_FRAME_DATA)
        return at;
    while (*text != '\0' && at < TK_FRAME_DATA - 1u)
        data[at++] = (uint8_t)*text++;
    data[at++] = 0;
    return at;
}

static bool inside(uint32_t offset, uint32_t length, uint32_t size)
{
    return offset <= size && length <= size - offset;
}

#ifdef TK_FASTEST_BAUD
static void set_speed(uint32_t baud)
{
    tk_console_speed(baud);
    fast = baud != TK_BAUD;
}

static uint32_t possible_speed(uint32_t wanted)
{
    return wanted < TK_BAUD ? TK_BAUD : wanted < TK_FASTEST_BAUD ? wanted : TK_FASTEST_BAUD;
}
#else
static void set_speed(uint32_t baud)
{
    (void)baud;
}

static uint32_t possible_speed(uint32_t wanted)
{
    (void)wanted;
    return 0;
}
#endif

static void hello(uint32_t nonce)
{
    const tk_model *const model = &TK_MODEL;
    uint8_t *const data = tk_frame_data(&frame);
    const uint32_t speed = frame.length >= 4 ? possible_speed(tk_get32(data)) : 0;
    uint32_t length = 0;

    session = frame.bytes[SESSION];
    tk_put32(data, TK_PROTOCOL);
    tk_put32(data + 4, TK_FRAME_DATA);
    tk_put32(data + 8, model->arena_bytes);
    tk_put32(data + 12, model->inputs);
    tk_put32(data + 16, model->outputs);
    tk_put32(data + 20, model->blocks);
    tk_put32(data + 24, tk_stack_size());
    tk_put32(data + 28, tk_counter_scale());
    tk_put32(data + 32, speed);
    tk_put32(data + 36, model->variable_bytes);
    memcpy(data + 40, model->hash, HASH_BYTES);
    length = put_text(40 + HASH_BYTES, model->name);
    length = put_text(length, TK_BOARD);
    length = put_text(length, tk_counter_unit());
    reply(TK_OK, nonce, length);
    if (speed > 0)
        set_speed(speed);
}

static void describe_tensor(uint32_t output)
{
    const tk_model *const model = &TK_MODEL;
    const uint8_t index = frame.bytes[INDEX];
    uint8_t *const data = tk_frame_data(&frame);
    uint32_t length = 16;

    if (index >= (output ? model->outputs : model->inputs)) {
        reply(TK_BAD_RANGE, 0, 0);
        return;
    }
    const tk_tensor *const tensor = (output ? model->output : model->input) + index;
    uint32_t scale;
    memcpy(&scale, &tensor->scale, sizeof scale);
    tk_put32(data, tensor->dtype);
    tk_put32(data + 4, tensor->rank);
    tk_put32(data + 8, scale);
    tk_put32(data + 12, (uint32_t)tensor->zero_point);
    for (unsigned i = 0; i < tensor->rank; i++, length += 4)
        tk_put32(data + length, (uint32_t)tensor->shape[i]);
    length = put_text(length, tensor->name);
    reply(TK_OK, tensor->bytes, length);
}

static void write_input(uint32_t offset)
{
    const tk_model *const model = &TK_MODEL;
    const uint8_t index = frame.bytes[INDEX];

    if (index >= model->inputs || !inside(offset, frame.length, model->input[index].bytes)) {
        reply_and_keep(TK_BAD_RANGE, 0, 0);
        return;
    }
    const uint64_t start = tk_counter();
    model->write_input(index, offset, tk_frame_data(&frame), frame.length);
    if (model->piece_bytes)
        pushed += tk_counter() - start;
    reply_and_keep(TK_OK, frame.length, 0);
}

static void read_output(uint32_t offset)
{
    const tk_model *const model = &TK_MODEL;
    const uint8_t index = frame.bytes[INDEX];

    if (frame.length != sizeof(uint32_t)) {
        reply(TK_BAD_COMMAND, 0, 0);
        return;
    }
    const uint32_t length = tk_get32(tk_frame_data(&frame));
    if (index >= model->outputs || length > TK_FRAME_DATA || !inside(offset, length, model->output[index].bytes)) {
        reply(TK_BAD_RANGE, 0, 0);
        return;
    }
    model->read_output(index, offset, tk_frame_data(&frame), length);
    reply(TK_OK, length, length);
}

static void invoke(uint32_t times)
{
    const uint64_t start = tk_counter();

    for (uint32_t i = 0; i < times; ++i)
        TK_MODEL.invoke();
    put_count(tk_counter() - start + pushed);
    pushed = 0;
    tk_guard_check();
    reply_and_keep(TK_OK, times, COUNT_BYTES);
}

static void step(void)
{
    const uint64_t start = tk_counter();
    const int more = TK_MODEL.step();

    put_count(tk_counter() - start + pushed);
    pushed = 0;
    tk_guard_check();
    reply_and_keep(TK_OK, more != 0, COUNT_BYTES);
}

static void stack(uint32_t paint)
{
    if (paint)
        tk_stack_paint();
    reply(TK_OK, tk_stack_peak(), 0);
}

static void info(uint32_t offset)
{
    const char *const text = TK_MODEL.info;
    const uint32_t size = (uint32_t)strlen(text);

    reply(TK_OK, size, offset < size ? put_text(0, text + offset) - 1u : 0);
}

static void run(uint32_t value)
{
    switch (frame.bytes[KIND]) {
    case TK_HELLO: hello(value); break;
    case TK_TENSOR: describe_tensor(value); break;
    case TK_WRITE: write_input(value); break;
    case TK_INVOKE: invoke(value); break;
    case TK_READ: read_output(value); break;
    case TK_STEP: step(); break;
    case TK_INIT: TK_MODEL.init(); pushed = 0; reply_and_keep(TK_OK, 0, 0); break;
    case TK_STACK: stack(value); break;
    case TK_INFO: info(value); break;
    case TK_RESET: reply(TK_OK, 0, 0); tk_board_reset(); break;
    default: reply(TK_UNKNOWN, 0, 0); break;
    }
}

static bool changes_something(uint8_t kind)
{
    return kind == TK_WRITE || kind == TK_INVOKE || kind == TK_STEP || kind == TK_INIT;
}

static void command(void)
{
    const uint8_t kind = frame.bytes[KIND];
    const uint8_t sequence = frame.bytes[SEQUENCE];

    if (kind != TK_HELLO && (session == 0 || frame.bytes[SESSION] != session)) {
        reply(TK_NO_SESSION, 0, 0);
        return;
    }
    if (changes_something(kind) && kind == last.kind && sequence == last.sequence) {
        memcpy(tk_frame_data(&frame), last.data, sizeof last.data);
        reply(last.status, last.value, last.length);
        return;
    }
    last.kind = kind;
    last.sequence = sequence;
    run(tk_get32(frame.bytes + VALUE));
}

static void refuse(void)
{
    memset(frame.bytes, 0, TK_FRAME_HEADER);
    frame.bytes[KIND] = TK_NAK;
    frame.length = 0;
    tk_frame_send(&frame);
}

/* An inference that a text command asked for leaves nothing of what the session did before. */
static void text(uint8_t byte)
{
    switch (tk_mlperf_receive(byte)) {
    case TK_MLPERF_INFERRED: session = 0; heard = tk_microseconds(); break;
    case TK_MLPERF_ANSWERED: heard = tk_microseconds(); break;
    case TK_MLPERF_NOTHING: break;
    }
}

static void idle(void)
{
    if (!fast && !tk_frame_begun())
        return;
    const uint64_t now = tk_microseconds();
    if (quiet == 0)
        quiet = now;
    if (now - quiet > PAUSE)
        tk_frame_drop();
    if (fast && now - heard > SILENCE)
        set_speed(possible_speed(0));
}

void tk_harness_poll(void)
{
    const int byte = tk_console_getc();

    if (byte < 0) {
        idle();
        return;
    }
    quiet = 0;
    switch (tk_frame_receive(&frame, (uint8_t)byte)) {
    case TK_COMPLETE: command(); heard = tk_microseconds(); break;
    case TK_DAMAGED: refuse(); break;
    case TK_TEXT: text((uint8_t)byte); break;
    case TK_NOTHING: tk_mlperf_forget(); break;
    }
}
