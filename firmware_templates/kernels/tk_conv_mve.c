/* SPDX-License-Identifier: 0BSD */
#include "tk_conv_mve.h"

#include <stdbool.h>

#include "tk_mve.h"

enum { COLUMNS = 3, OUTPUTS = 4, SIXTEEN = 16 };

/* What one pass over all channels needs; the assembly knows the order. */
typedef struct pass {
    const int8_t *columns[COLUMNS];
    int32_t groups;          /* of sixteen taps, after the first group */
    const int8_t *weights;
    int8_t *out;
    int32_t zero_point, rounds;
    int32_t next;            /* bytes from a pixel to the next in the output */
    int8_t *end;             /* of the first pixel's channels */
    int32_t half;            /* bytes of two channels' weights */
    int32_t first;           /* taps in the first group, 8 or 16 */
} pass;

#if TK_MVE
/* Registers: r0 weights, r1, r3 and r5 the columns a, b and c, r2, r4 and r6 their sums for one channel, r8, r10 and r12 for
 * another, r11 the pass, r9 groups, r7 out. A sum must be in an even register. Sixteen taps are 11 instructions for 96
 * products. */
#define ONE_COLUMN(load, step, mac, column, q, s0, s1)                                                                 \
    load " " q ", [" column "], #" step "\n" mac " " s0 ", q0, " q "\n" mac " " s1 ", q1, " q "\n"
#define TWO_WEIGHTS(load, step) load " q0, [r0], #" step "\n" load " q1, [r0], #" step "\n"
#define TAPS2(load, step, mac)                                                                                         \
    TWO_WEIGHTS(load, step) ONE_COLUMN(load, step, mac, "r1", "q2", "r2", "r8")                                        \
        ONE_COLUMN(load, step, mac, "r3", "q3", "r4", "r10")
#define TAPS3(load, step, mac) TAPS2(load, step, mac) ONE_COLUMN(load, step, mac, "r5", "q4", "r6", "r12")
/* One column, four channels: their sums in r2, r4, r6 and r8, r0 and r3 the weights. */
#define TAPS1(load, step, mac)                                                                                         \
    load " q0, [r1], #" step "\n" load " q1, [r0], #" step "\n" mac " r2, q0, q1\n"                                    \
    load " q2, [r0], #" step "\n" mac " r4, q0, q2\n" load " q3, [r3], #" step "\n" mac " r6, q0, q3\n"                \
    load " q4, [r3], #" step "\n" mac " r8, q0, q4\n"

#define FIRST16(taps) taps("vldrb.u8", "16", "vmladav.s8")
#define FIRST8(taps) taps("vldrb.s16", "8", "vmladav.s16")
#define ALL_TAPS(taps, first)                                                                                          \
    first(taps) "wls lr, r9, 3f\n2:\n" taps("vldrb.u8", "16", "vmladava.s8") "le lr, 2b\n3:\n"

#define SUMS1                                                                                                          \
    "vmov q5[2], q5[0], r2, r4\n"                                                                                      \
    "vmov q5[3], q5[1], r6, r8\n"                                                                                      \
    "mov r0, r3\n"
#define SUMS2(x, y) "vmov q5[" x "], q5[" y "], r2, r8\nvmov q6[" x "], q6[" y "], r4, r10\n"
#define SUMS3(x, y) SUMS2(x, y) "vmov q7[" x "], q7[" y "], r6, r12\n"
#define COLUMN2 "ldrd r1, r3, [r11]\n"
#define COLUMN3 "ldm r11, {r1, r3, r5}\n"
#define WORK1(first) "ldr r1, [r11]\nldr r3, [r11, #40]\nadd r3, r0\n" ALL_TAPS(TAPS1, first) SUMS1
#define WORK2(first)                                                                                                   \
    COLUMN2 ALL_TAPS(TAPS2, first) SUMS2("2", "0") COLUMN2 ALL_TAPS(TAPS2, first) SUMS2("3", "1")
#define WORK3(first)                                                                                                   \
    COLUMN3 ALL_TAPS(TAPS3, first) SUMS3("2", "0") COLUMN3 ALL_TAPS(TAPS3, first) SUMS3("3", "1")

#define EACH1(do) do("q5")
#define EACH2(do) EACH1(do) do("q6")
#define EACH3(do) EACH2(do) do("q7")
#define SCALE(q) "vadd.i32 " q ", " q ", q0\nvqrdmulh.s32 " q ", " q ", q1\n"
#define ROUND(q) "vshr.s32 q3, " q ", #31\nvadd.i32 " q ", " q ", q3\n"
#define NARROW(q)                                                                                                      \
    "vrshl.s32 " q ", " q ", q2\nvadd.i32 " q ", " q ", r4\nvqmovnb.s32 " q ", " q "\nvqmovnb.s16 " q ", " q "\n"
#define STORE1 "vpst\nvstrbt.32 q5, [r7], #4\n"
#define STORE2 "add r1, r7, r3\nvpstt\nvstrbt.32 q5, [r7], #4\nvstrbt.32 q6, [r1]\n"
#define STORE3                                                                                                         \
    "add r1, r7, r3\nadd r3, r1\nvpsttt\nvstrbt.32 q5, [r7], #4\nvstrbt.32 q6, [r1]\nvstrbt.32 q7, [r3]\n"

/* One to three pixels in all channels. In assembly because compilers neither keep the sums in even registers nor use the
 * core's loops; the same in C is below. */
#define ALL_CHANNELS(name, work, first, each, store)                                                                   \
    static __attribute__((naked, noinline)) void name(const pass *p __attribute__((unused)))                           \
    {                                                                                                                  \
        __asm__ volatile(".syntax unified\n"                                                                           \
                         "push {r4-r11, lr}\n"                                                                         \
                         "vpush {d8-d15}\n"                                                                            \
                         "mov r11, r0\n"                                                                                \
                         "ldr r9, [r11, #12]\n"                                                                         \
                         "ldrd r0, r7, [r11, #16]\n"                                                                   \
                         "1:\n" work(first)                                                                            \
                         "vldrw.u32 q0, [r0], #16\n"                                                                   \
                         "vldrw.u32 q1, [r0], #16\n"                                                                   \
                         "vldrb.s32 q2, [r0], #4\n"                                                                    \
                         "ldrd r4, r5, [r11, #24]\n" each(SCALE)                                                        \
                         "cbz r5, 4f\n" each(ROUND)                                                                    \
                         "4:\n" each(NARROW)                                                                           \
                         "ldrd r3, r6, [r11, #32]\n"                                                                    \
                         "sub r2, r6, r7\n"                                                                           \
                         "vctp.32 r2\n" store                                                                          \
                         "cmp r2, #4\n"                                                                                \
                         "bgt 1b\n"                                                                                    \
                         "vpop {d8-d15}\n"                                                                             \
                         "pop {r4-r11, pc}\n");                                                                        \
    }
ALL_CHANNELS(one_of_8, WORK1, FIRST8, EACH1, STORE1)
ALL_CHANNELS(two_of_8, WORK2, FIRST8, EACH2, STORE2)
ALL_CHANNELS(three_of_8, WORK3, FIRST8, EACH3, STORE3)
ALL_CHANNELS(one_of_16, WORK1, FIRST16, EACH1, STORE1)
ALL_CHANNELS(two_of_16, WORK2, FIRST16, EACH2, STORE2)
ALL_CHANNELS(three_of_16, WORK3, FIRST16, EACH3, STORE3)

static void all_channels(const pass *p, int pixels)
{
    if (p->first == SIXTEEN)
        (pixels == 1 ? one_of_16 : pixels == 2 ? two_of_16 : three_of_16)(p);
    else
        (pixels == 1 ? one_of_8 : pixels == 2 ? two_of_8 : three_of_8)(p);
}
#else
/* The sum of one channel's weights times column `x`; by turns with another channel's, `second` says which it is. */
static int32_t dot(const pass *p, const int8_t *w, bool second, const int8_t *x)
{
    int32_t sum = 0;
    for (int group = 0, size = p->first; group <= p->groups; ++group, size = SIXTEEN) {
        for (int i = 0; i < size; ++i)
            sum += w[second ? size + i : i] * x[i];
        w += 2 * size;
        x += size;
    }
    return sum;
}

static int32_t word(const int8_t *from)
{
    int32_t value;
    __builtin_memcpy(&value, from, sizeof value);
    return value;
}

static void all_channels(const pass *p, int pixels)
{
    enum { WORDS = 4 * OUTPUTS };
    const int8_t *weights = p->weights;
    for (int8_t *out = p->out; out < p->end; out += OUTPUTS) {
        const int8_t *const constants = weights + 2 * p->half;
        for (int c = 0; c < OUTPUTS && c < p->end - out; ++c) {
            const int32_t bias = word(constants + 4 * c), multiplier = word(constants + WORDS + 4 * c);
            for (int i = 0; i < pixels; ++i) {
                const int32_t sum = bias + dot(p, weights + (c & 1) * p->half, c > 1, p->columns[i]);
                out[i * p->next + c] = tk_mve_output(sum, multiplier, constants[2 * WORDS + c], p->zero_point, p->rounds);
            }
        }
        weights = constants + 2 * WORDS + OUTPUTS;
    }
}
#endif

/* `pixels` pixels, whose windows lie at `columns` and each `step` bytes on. */
static void compute(const tk_conv_mve *p, const int8_t *columns, int step, int8_t *out, int pixels)
{
    const int channels = p->out_channels, first = p->taps % SIXTEEN ? SIXTEEN / 2 : SIXTEEN;
    const pass job = { { columns, columns + step, columns + 2 * step }, (p->taps - first) / SIXTEEN,
                       (const int8_t *)p->weights, out, p->out_zero_point, p->rounds, channels, out + channels,
                       2 * p->taps, first };
    all_channels(&job, pixels);
}

/* How many of `left` pixels to compute at a time. */
static inline int next_pixels(int left) { return left == 3 || left > 4 ? 3 : left > 1 ? 2 : 1; }

static void points(const tk_conv_mve *p, const int8_t *in, int8_t *out, int count, int8_t *scratch)
{
    const int depth = p->in_channels;
    for (int pixels; count > 0; count -= pixels) {
        pixels = next_pixels(count);
        if (depth == p->taps) {
            compute(p, in, depth, out, pixels);
        } else {
            for (int i = 0; i < pixels; ++i)
                tk_mve_copy(scratch + i * p->taps, in + i * depth, depth);
            compute(p, scratch, p->taps, out, pixels);
        }
        in += pixels * depth;
        out += pixels * p->out_channels;
    }
}

void tk_pointwise_mve_row_s8(const tk_conv_mve *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    points(p, rows[0] + x0 * p->in_channels, out, x1 - x0, scratch);
}

void tk_fully_connected_mve_s8(const tk_conv_mve *p, const int8_t *const *inputs, int8_t *out, void *scratch)
{
    points(p, inputs[0], out, p->in_width, scratch);
}

/* The bytes of the window that begins at input column `column`, in the order of its weights. */
static void gather(const tk_conv_mve *p, const int8_t *const *rows, int column, int8_t *to)
{
    const int depth = p->in_channels, run = p->kernel_width * depth;
    const bool inside = p->dilation == 1 && column >= 0 && column + p->kernel_width <= p->in_width;
    for (int ky = 0; ky < p->kernel_height; ++ky, to += run) {
        const int8_t *const row = rows[ky * p->row_dilation];
        if (!row) {
            tk_mve_fill(to, p->zero_point, run);
        } else if (inside) {
            tk_mve_copy(to, row + column * depth, run);
        } else {
            for (int kx = 0; kx < p->kernel_width; ++kx) {
                const int at = column + kx * p->dilation;
                if (at >= 0 && at < p->in_width)
                    tk_mve_copy(to + kx * depth, row + at * depth, depth);
                else
                    tk_mve_fill(to + kx * depth, p->zero_point, depth);
            }
        }
    }
}

void tk_conv_mve_row_s8(const tk_conv_mve *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    int8_t *const columns = scratch;
    for (int pixels; x0 < x1; x0 += pixels) {
        pixels = next_pixels(x1 - x0);
        for (int i = 0; i < pixels; ++i)
            gather(p, rows, (x0 + i) * p->stride - p->left, columns + i * p->taps);
        compute(p, columns, p->taps, out, pixels);
        out += pixels * p->out_channels;
    }
}
