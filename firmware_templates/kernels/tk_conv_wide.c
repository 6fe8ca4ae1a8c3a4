/* SPDX-License-Identifier: 0BSD */
#include "tk_conv_wide.h"

#include <stdbool.h>

#include "tk_wide.h"

enum { COLUMNS = 3, STEP = 2 * COLUMNS, PAIR = 6 };

/* What one pass over all pairs of channels needs; the assembly knows the order. */
typedef struct pass {
    const int32_t *table;
    const uint32_t *columns;
    int8_t *out;
    int32_t next;            /* bytes from a pixel to the next in the output */
    int32_t pair_bytes;      /* of weights */
    int32_t pairs;
    const int8_t *weights;
} pass;

#if defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP
/* A group of four taps, two channels (0, 1) times three columns (a, b, c): r0 weights, r1 columns, r2-r7 the sums a0 a1 b0
 * b1 c0 c1, the rest free. 20 instructions for 24 products. */
#define GROUP                                                                                                          \
    "ldrd r8, r9, [r0], #8\n"                                                                                          \
    "ldrd r12, lr, [r1], #8\n"                                                                                         \
    "sxtb16 r10, r8\n"                                                                                                 \
    "sxtb16 r11, r9\n"                                                                                                 \
    "sxtb16 r8, r8, ror #8\n"                                                                                          \
    "sxtb16 r9, r9, ror #8\n"                                                                                          \
    "smlad r2, r10, r12, r2\n"                                                                                         \
    "smlad r3, r11, r12, r3\n"                                                                                         \
    "smlad r2, r8, lr, r2\n"                                                                                           \
    "smlad r3, r9, lr, r3\n"                                                                                           \
    "ldrd r12, lr, [r1], #8\n"                                                                                         \
    "smlad r4, r10, r12, r4\n"                                                                                         \
    "smlad r5, r11, r12, r5\n"                                                                                         \
    "smlad r4, r8, lr, r4\n"                                                                                           \
    "smlad r5, r9, lr, r5\n"                                                                                           \
    "ldrd r12, lr, [r1], #8\n"                                                                                         \
    "smlad r6, r10, r12, r6\n"                                                                                         \
    "smlad r7, r11, r12, r7\n"                                                                                         \
    "smlad r6, r8, lr, r6\n"                                                                                           \
    "smlad r7, r9, lr, r7\n"

/* tk_wide_output of sum `s`, with doubled multiplier `m`, rounding `c` and its trailing zeros in lr. */
#define OUTPUT(s, m, c)                                                                                                \
    "smmlar " s ", " s ", " m ", " s "\n"                                                                              \
    "add " s ", " s ", " s ", asr #31\n"                                                                               \
    "qadd " s ", " s ", " c "\n"                                                                                       \
    "asr " s ", " s ", lr\n"                                                                                           \
    "ssat " s ", #8, " s ", asr #1\n"

/* Three pixels in all full pairs of channels. In assembly because the loop needs every register there is, which
 * compilers do not manage; the same in C is below. */
static __attribute__((naked, noinline)) void three_pixels(const pass *p __attribute__((unused)))
{
    __asm__ volatile(
        ".syntax unified\n"
        "push {r4-r11, lr}\n"
        "ldm r0, {r1-r7}\n"
        "sub sp, sp, #4\n"
        "push {r1-r6}\n"            /* sp: 0 table, 4 columns, 8 out, 12 next, 16 pair_bytes, 20 pairs, 24 end of weights */
        "mov r0, r7\n"
        "1:\n"
        "ldrd r8, r1, [sp]\n"
        "ldr r10, [sp, #16]\n"
        "ldrd r2, r3, [r8]\n"
        "add r9, r0, r10\n"
        "str r9, [sp, #24]\n"
        "mov r4, r2\n"
        "mov r5, r3\n"
        "mov r6, r2\n"
        "mov r7, r3\n"
        "tst r10, #8\n"             /* an odd number of groups begins in the middle */
        "bne 3f\n"
        "2:\n" GROUP "3:\n" GROUP
        "ldr r8, [sp, #24]\n"
        "cmp r0, r8\n"
        "bne 2b\n"
        "ldr r8, [sp]\n"
        "ldrd r9, r10, [r8, #8]\n"
        "ldrd r11, r12, [r8, #16]\n"
        "add r8, r8, #24\n"
        "str r8, [sp]\n"
        "ldrd r1, r8, [sp, #8]\n"
        "rbit lr, r11\n"
        "clz lr, lr\n" OUTPUT("r2", "r9", "r11") OUTPUT("r4", "r9", "r11") OUTPUT("r6", "r9", "r11")
        "rbit lr, r12\n"
        "clz lr, lr\n" OUTPUT("r3", "r10", "r12") OUTPUT("r5", "r10", "r12") OUTPUT("r7", "r10", "r12")
        "strb r4, [r1, r8]\n"
        "strb r6, [r1, r8, lsl #1]\n"
        "strb r2, [r1], #1\n"
        "strb r5, [r1, r8]\n"
        "strb r7, [r1, r8, lsl #1]\n"
        "strb r3, [r1], #1\n"
        "str r1, [sp, #8]\n"
        "ldr r2, [sp, #20]\n"
        "subs r2, r2, #1\n"
        "str r2, [sp, #20]\n"
        "bne 1b\n"
        "add sp, sp, #28\n"
        "pop {r4-r11, pc}\n");
}
#endif

/* `pixels` pixels in `channels` of one pair's channels. */
static void few_pixels(const pass *p, int pixels, int channels)
{
    for (int c = 0; c < channels; ++c) {
        int32_t sums[COLUMNS] = { p->table[c], p->table[c], p->table[c] };
        const int8_t *w = p->weights + 4 * c;
        const uint32_t *x = p->columns;
        for (const int8_t *const end = w + p->pair_bytes; w != end; w += 8, x += STEP) {
            const uint32_t word = tk_load4(w), even = tk_even(0, word), odd = tk_odd(0, word);
            sums[0] = tk_dual_mac(odd, x[1], tk_dual_mac(even, x[0], sums[0]));
            if (pixels > 1)
                sums[1] = tk_dual_mac(odd, x[3], tk_dual_mac(even, x[2], sums[1]));
            if (pixels > 2)
                sums[2] = tk_dual_mac(odd, x[5], tk_dual_mac(even, x[4], sums[2]));
        }
        for (int i = 0; i < pixels; ++i)
            p->out[i * p->next + c] = tk_wide_output(sums[i], p->table[2 + c], p->table[4 + c]);
    }
}

static void all_channels(const tk_conv_wide *p, const uint32_t *columns, int8_t *out, int pixels)
{
    pass job = { p->table, columns, out, p->out_channels, 8 * p->groups, p->out_channels / 2, p->weights };
    int done = 0;
#if defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP
    if (pixels == COLUMNS && job.pairs) {
        three_pixels(&job);
        done = job.pairs;
    }
#endif
    job.table += PAIR * done;
    job.weights += done * job.pair_bytes;
    job.out += 2 * done;
    for (int left = p->out_channels - 2 * done; left > 0; left -= 2) {
        few_pixels(&job, pixels, left > 1 ? 2 : 1);
        job.table += PAIR;
        job.weights += job.pair_bytes;
        job.out += 2;
    }
}

void tk_pointwise_wide_row_s8(const tk_conv_wide *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    uint32_t *const columns = scratch;
    const int depth = p->in_channels, whole = depth / 4;
    const int8_t *in = rows[0] + x0 * depth;
    for (int pixels; x0 < x1; x0 += pixels) {
        pixels = x1 - x0 < COLUMNS ? x1 - x0 : COLUMNS;
        for (int i = 0; i < pixels; ++i, in += depth) {
            uint32_t *const rest = tk_widen(columns + 2 * i, in, whole, STEP);
            if (whole < p->groups) {
                int8_t last[4] = { 0, 0, 0, 0 };
                tk_copy(last, in + 4 * whole, depth & 3);
                tk_widen(rest, last, 1, STEP);
            }
        }
        all_channels(p, columns, out, pixels);
        out += pixels * p->out_channels;
    }
}

static void fill(int8_t *to, int value, int count)
{
    for (; count > 0; --count)
        *to++ = (int8_t)value;
}

/* The bytes of the window that begins at input column `column`, in the order of its weights. */
static void gather(const tk_conv_wide *p, const int8_t *const *rows, int column, int8_t *to)
{
    const int depth = p->in_channels, run = p->kernel_width * depth;
    const bool inside = column >= 0 && column + p->kernel_width <= p->in_width;
    for (int ky = 0; ky < p->kernel_height; ++ky, to += run) {
        const int8_t *const row = rows[ky * p->row_dilation];
        if (row && inside && p->dilation == 1) {
            tk_copy(to, row + column * depth, run);
            continue;
        }
        for (int kx = 0; kx < p->kernel_width; ++kx) {
            const int at = column + kx * p->dilation;
            if (row && at >= 0 && at < p->in_width)
                tk_copy(to + kx * depth, row + at * depth, depth);
            else
                fill(to + kx * depth, p->zero_point, depth);
        }
    }
}

void tk_conv_wide_row_s8(const tk_conv_wide *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    uint32_t *const columns = scratch;
    int8_t *const bytes = (int8_t *)(columns + STEP * p->groups);
    const int taps = p->kernel_height * p->kernel_width * p->in_channels;
    const int run = p->kernel_width * p->in_channels / 4;
    bool straight = p->dilation == 1 && p->kernel_width * p->in_channels % 4 == 0;
    for (int ky = 0; ky < p->kernel_height; ++ky)
        straight = straight && rows[ky * p->row_dilation];
    fill(bytes + taps, 0, 4 * p->groups - taps);
    for (int pixels; x0 < x1; x0 += pixels) {
        pixels = x1 - x0 < COLUMNS ? x1 - x0 : COLUMNS;
        for (int i = 0; i < pixels; ++i) {
            const int column = (x0 + i) * p->stride - p->left;
            uint32_t *to = columns + 2 * i;
            if (straight && column >= 0 && column + p->kernel_width <= p->in_width) {
                for (int ky = 0; ky < p->kernel_height; ++ky)
                    to = tk_widen(to, rows[ky * p->row_dilation] + column * p->in_channels, run, STEP);
            } else {
                gather(p, rows, column, bytes);
                tk_widen(to, bytes, p->groups, STEP);
            }
        }
        all_channels(p, columns, out, pixels);
        out += pixels * p->out_channels;
    }
}
