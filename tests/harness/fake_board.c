/* A board without hardware for the test harness: its console is two buffers, its model computes something that a
 * command run twice, or not at all, would spoil. */
#include <string.h>

#include "model_select.h"
#include "tk_board.h"
#include "tk_guard.h"
#include "tk_harness.h"
#include "tk_stack.h"

enum { BYTES = 600, FLOATS = 10, BLOCKS = 5 };

/* RAM that nothing claims, with a name at either end as a linker script gives them. */
__asm__(".bss\n.balign 16\n.globl tk_free_low\n.globl tk_free_high\ntk_free_low:\n.zero 4096\ntk_free_high:\n.text\n");

static const uint8_t *in;
static uint8_t *out;
static uint32_t in_left, out_used, out_size;
static uint64_t ticks;

uint32_t fake_exchange(const uint8_t *data, uint32_t length, uint8_t *reply, uint32_t size);
void fake_idle(uint32_t microseconds);
int fake_was_reset;
uint32_t fake_baud = TK_BAUD;

void tk_guard_check(void)
{
}

/* Feeds `length` bytes to the console and returns how many bytes the harness wrote to `reply`. */
uint32_t fake_exchange(const uint8_t *data, uint32_t length, uint8_t *reply, uint32_t size)
{
    in = data;
    in_left = length;
    out = reply;
    out_used = 0;
    out_size = size;
    while (in_left > 0)
        tk_harness_poll();
    return out_used;
}

/* Lets time go by without a byte. */
void fake_idle(uint32_t microseconds)
{
    ticks += (uint64_t)microseconds * 1000u;
    out_used = 0;
    tk_harness_poll();
}

void tk_console_speed(uint32_t baud)
{
    fake_baud = baud;
}

int tk_console_getc(void)
{
    if (in_left == 0)
        return -1;
    in_left--;
    return *in++;
}

void tk_console_write(const uint8_t *data, uint32_t length)
{
    for (uint32_t i = 0; i < length && out_used < out_size; i++)
        out[out_used++] = data[i];
}

uint64_t tk_counter(void)
{
    return ticks;
}

uint32_t tk_counter_scale(void)
{
    return 1000;
}

const char *tk_counter_unit(void)
{
    return "instructions";
}

void tk_board_reset(void)
{
    fake_was_reset = 1;
}

void tk_stack_paint(void)
{
}

uint32_t tk_stack_peak(void)
{
    return 321;
}

uint32_t tk_stack_size(void)
{
    return 4096;
}

static int8_t values[BYTES];
static float floats[FLOATS];
static int block;
static int32_t runs; /* a variable: inferences since init */

static void init(void)
{
    block = 0;
    runs = 0;
}

/* Block k turns x into 3x + k and takes 1000 + k ticks. */
static int step(void)
{
    for (int i = 0; i < BYTES; i++)
        values[i] = (int8_t)(uint8_t)(values[i] * 3 + block);
    ticks += 1000u + (unsigned)block;
    block = (block + 1) % BLOCKS;
    runs += block == 0;
    return block != 0;
}

static void invoke(void)
{
    block = 0;
    while (step()) {
    }
}

static void write_input(unsigned index, uint32_t offset, const void *data, uint32_t bytes)
{
    memcpy((index ? (uint8_t *)floats : (uint8_t *)values) + offset, data, bytes);
}

static void read_output(unsigned index, uint32_t offset, void *data, uint32_t bytes)
{
    const void *const all[] = {values, floats, &runs};
    memcpy(data, (const uint8_t *)all[index] + offset, bytes);
}

static const int32_t values_shape[] = {1, 20, 30}, floats_shape[] = {FLOATS}, runs_shape[] = {1};
static const tk_tensor tensors[] = {
    {.name = "image", .dtype = TK_INT8, .rank = 3, .shape = values_shape, .bytes = BYTES, .scale = 0.5f, .zero_point = -3},
    {.name = "more", .dtype = TK_FLOAT32, .rank = 1, .shape = floats_shape, .bytes = 4 * FLOATS, .scale = 1.0f},
    {.name = "runs", .dtype = TK_INT32, .rank = 1, .shape = runs_shape, .bytes = 4, .scale = 1.0f},
};
static const uint8_t hash[32] = {0xAB, 0xCD};

const tk_model fake_model = {
    .name = "fake", .info = "a model that is not one", .hash = hash, .arena_bytes = BYTES, .variable_bytes = VARIABLES, .inputs = 2, .outputs = 3,
    .blocks = BLOCKS, .input = tensors, .output = tensors, .init = init, .invoke = invoke, .step = step,
    .write_input = write_input, .read_output = read_output,
};
