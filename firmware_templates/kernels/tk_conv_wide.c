/* SPDX-License-Identifier: 0BSD */
#include "tk_conv_wide.h"

#include <stdbool.h>

#include "tk_copy.h"
#include "tk_wide.h"

enum { COLUMNS = 3, STEP = 2 * COLUMNS, BIASES = 8, CONSTANTS = 16 };

/* What one pass over all pairs of channels needs; the assembly knows the order. */
typedef struct pass {
    const uint32_t *columns, *end;
    int8_t *out;
    int32_t next;            /* bytes from a pixel to the next in the output */
    int32_t odd;             /* whether the number of groups is */
    int8_t *out_end;         /* of the full pairs */
    const int8_t *weights;
} pass;

#if defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP
/* Registers: r0 weights, r1 columns, r2-r7 the sums of channels 0 and 1 in columns a, b and c. A group of four taps is 20
 * instructions for 24 products. */
#define COLUMN(s0, s1)                                                                                                 \
    "smlad " s0 ", r10, r12, " s0 "\n"                                                                                 \
    "smlad " s1 ", r11, r12, " s1 "\n"                                                                                 \
    "smlad " s0 ", r8, lr, " s0 "\n"                                                                                   \
    "smlad " s1 ", r9, lr, " s1 "\n"
#define WEIGHTS(step)                                                                                                  \
    "ldrd r8, r9, [r0], #8\n"                                                                                          \
    "ldrd r12, lr, [r1], #" step "\n"                                                                                  \
    "sxtb16 r10, r8\n"                                                                                                 \
    "sxtb16 r11, r9\n"                                                                                                 \
    "sxtb16 r8, r8, ror #8\n"                                                                                          \
    "sxtb16 r9, r9, ror #8\n"
#define GROUP1 WEIGHTS("24") COLUMN("r2", "r3")
#define GROUP2 WEIGHTS("8") COLUMN("r2", "r3") "ldrd r12, lr, [r1], #16\n" COLUMN("r4", "r5")
#define GROUP3                                                                                                         \
    WEIGHTS("8") COLUMN("r2", "r3") "ldrd r12, lr, [r1], #8\n" COLUMN("r4", "r5") "ldrd r12, lr, [r1], #8\n"           \
    COLUMN("r6", "r7")

/* tk_wide_output of sum `s`, with doubled multiplier `m`, rounding `c` and its trailing zeros in lr. */
#define OUTPUT(s, m, c)                                                                                                \
    "smmlar " s ", " s ", " m ", " s "\n"                                                                              \
    "add " s ", " s ", " s ", asr #31\n"                                                                               \
    "qadd " s ", " s ", " c "\n"                                                                                       \
    "asr " s ", " s ", lr\n"                                                                                           \
    "ssat " s ", #8, " s ", asr #1\n"
#define ZEROS(c) "rbit lr, " c "\nclz lr, lr\n"
#define OUTPUTS1 ZEROS("r10") OUTPUT("r2", "r8", "r10") ZEROS("r11") OUTPUT("r3", "r9", "r11")
#define OUTPUTS2 ZEROS("r10") OUTPUT("r2", "r8", "r10") OUTPUT("r4", "r8", "r10")                                     \
    ZEROS("r11") OUTPUT("r3", "r9", "r11") OUTPUT("r5", "r9", "r11")
#define OUTPUTS3 ZEROS("r10") OUTPUT("r2", "r8", "r10") OUTPUT("r4", "r8", "r10") OUTPUT("r6", "r8", "r10")           \
    ZEROS("r11") OUTPUT("r3", "r9", "r11") OUTPUT("r5", "r9", "r11") OUTPUT("r7", "r9", "r11")
#define STORES1 "strb r2, [r1], #1\nstrb r3, [r1], #1\n"
#define STORES2 "strb r4, [r1, r8]\nstrb r2, [r1], #1\nstrb r5, [r1, r8]\nstrb r3, [r1], #1\n"
#define STORES3                                                                                                        \
    "strb r6, [r1, r8, lsl #1]\nstrb r4, [r1, r8]\nstrb r2, [r1], #1\n"                                               \
    "strb r7, [r1, r8, lsl #1]\nstrb r5, [r1, r8]\nstrb r3, [r1], #1\n"
#define BIAS2 "mov r4, r2\nmov r5, r3\n"
#define BIAS3 BIAS2 "mov r6, r2\nmov r7, r3\n"

/* One to three pixels in all full pairs of channels. In assembly because the loop needs every register there is, which
 * compilers do not manage; the same in C is below. On the stack: 0 columns, 4 their end, 8 out, 12 next, 16 odd, 20 end of
 * out. An odd number of groups begins in the middle of the loop. */
#define PAIRS(name, bias, group, outputs, stores)                                                                      \
    static __attribute__((naked, noinline)) void name(const pass *p __attribute__((unused)))                           \
    {                                                                                                                  \
        __asm__ volatile(".syntax unified\n"                                                                           \
                         "push {r4-r11, lr}\n"                                                                         \
                         "ldm r0, {r1-r7}\n"                                                                           \
                         "mov r0, r7\n"                                                                                \
                         "push {r1-r6}\n"                                                                              \
                         "1:\n"                                                                                        \
                         "ldr r1, [sp]\n"                                                                              \
                         "ldr r8, [sp, #16]\n"                                                                         \
                         "ldrd r2, r3, [r0], #8\n" bias "cmp r8, #0\n"                                                \
                         "bne 3f\n"                                                                                    \
                         "2:\n" group "3:\n" group "ldr r8, [sp, #4]\n"                                               \
                         "cmp r1, r8\n"                                                                                \
                         "bne 2b\n"                                                                                    \
                         "ldm r0!, {r8-r11}\n" outputs "ldrd r1, r8, [sp, #8]\n" stores "ldr r2, [sp, #20]\n"         \
                         "str r1, [sp, #8]\n"                                                                          \
                         "cmp r1, r2\n"                                                                                \
                         "bne 1b\n"                                                                                    \
                         "add sp, sp, #24\n"                                                                           \
                         "pop {r4-r11, pc}\n");                                                                        \
    }
PAIRS(one_pixel, "", GROUP1, OUTPUTS1, STORES1)
#ifndef __OPTIMIZE_SIZE__
PAIRS(two_pixels, BIAS2, GROUP2, OUTPUTS2, STORES2)
#endif
PAIRS(three_pixels, BIAS3, GROUP3, OUTPUTS3, STORES3)
#endif

/* `pixels` pixels in `channels` of one pair's channels; returns the next pair's weights. */
static const int8_t *one_pair(const pass *p, const int8_t *pair, int8_t *out, int pixels, int channels)
{
    const int8_t *const constants = pair + BIASES + 4 * (p->end - p->columns) / COLUMNS;
    for (int c = 0; c < channels; ++c) {
        const int32_t bias = tk_wrap(tk_load4(pair + 4 * c));
        int32_t sums[COLUMNS] = { bias, bias, bias };
        const int8_t *w = pair + BIASES + 4 * c;
        for (const uint32_t *x = p->columns; x != p->end; w += 8, x += STEP) {
            const uint32_t word = tk_load4(w), even = tk_even(0, word), odd = tk_odd(0, word);
            sums[0] = tk_dual_mac(odd, x[1], tk_dual_mac(even, x[0], sums[0]));
            if (pixels > 1)
                sums[1] = tk_dual_mac(odd, x[3], tk_dual_mac(even, x[2], sums[1]));
            if (pixels > 2)
                sums[2] = tk_dual_mac(odd, x[5], tk_dual_mac(even, x[4], sums[2]));
        }
        const int32_t doubled = tk_wrap(tk_load4(constants + 4 * c)), rounding = tk_wrap(tk_load4(constants + 8 + 4 * c));
        for (int i = 0; i < pixels; ++i)
            out[i * p->next + c] = tk_wide_output(sums[i], doubled, rounding);
    }
    return constants + CONSTANTS;
}

static void all_channels(const tk_conv_wide *p, const uint32_t *columns, int8_t *out, int pixels)
{
    const int channels = p->out_channels;
    const pass job = { columns, columns + STEP * p->groups, out, channels, p->groups & 1, out + (channels & ~1),
                       (const int8_t *)p->weights };
    const int8_t *pair = job.weights;
    int done = 0;
#if defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP
    if (channels > 1) {
        if (pixels == 1)
            one_pixel(&job);
#ifndef __OPTIMIZE_SIZE__
        else if (pixels == 2)
            two_pixels(&job);
#endif
        else
            three_pixels(&job);
        done = channels & ~1;
        pair += (BIASES + 8 * p->groups + CONSTANTS) * (done / 2);
    }
#endif
    for (; done < channels; done += 2)
        pair = one_pair(&job, pair, out + done, pixels, channels - done > 1 ? 2 : 1);
}

/* How many of `left` pixels to compute at a time. */
static inline int next_pixels(int left)
{
#ifdef __OPTIMIZE_SIZE__
    return left > 2 ? 3 : 1;
#else
    return left == 3 || left > 4 ? 3 : left > 1 ? 2 : 1;
#endif
}

void tk_pointwise_wide_row_s8(const tk_conv_wide *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    uint32_t *const columns = scratch;
    const int depth = p->in_channels, whole = depth / 4;
    const int8_t *in = rows[0] + x0 * depth;
    for (int pixels; x0 < x1; x0 += pixels) {
        pixels = next_pixels(x1 - x0);
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
        pixels = next_pixels(x1 - x0);
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
