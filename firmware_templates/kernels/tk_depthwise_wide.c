/* SPDX-License-Identifier: 0BSD */
#include "tk_depthwise_wide.h"

#include <stdbool.h>

#include "tk_wide.h"

enum { BIASES = 16, CONSTANTS = 32 };

#if defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP
/* Registers: r0 column pointers, r1 weights, r2-r7 sums of two channels of pixels a, b, c, r8-r10 columns in use, r11
 * weights of a tap, r12 offset of the four channels. `rot` takes channels 0 and 2 of a word, or 1 and 3. */
#define EVEN ""
#define ODD ", ror #8"
#define SPLIT(r, rot) "sxtb16 " r ", " r rot "\n"
#define LOAD(x, rot) "ldr " x ", [" x ", r12]\n" SPLIT(x, rot)
#define NEXT(x, rot) "ldr " x ", [r0], #4\n" LOAD(x, rot)
#define WEIGHTS(rot) "ldr r11, [r1], #4\n" SPLIT("r11", rot)
#define MAC(s, t, x) "smlabb " s ", " x ", r11, " s "\nsmlatt " t ", " x ", r11, " t "\n"
#define TAP1(a, rot) WEIGHTS(rot) MAC("r2", "r3", a)
#define TAP2(a, b, rot) WEIGHTS(rot) MAC("r2", "r3", a) MAC("r4", "r5", b)
#define TAP3(a, b, c, rot) TAP2(a, b, rot) MAC("r6", "r7", c)

/* A window row: columns slide through r8, r9 and r10. */
#define FIRST2(rot) "ldm r0!, {r8, r9}\n" LOAD("r8", rot) LOAD("r9", rot) TAP2("r8", "r9", rot)
#define SLIDE2_8(rot) NEXT("r8", rot) TAP2("r9", "r8", rot)
#define SLIDE2_9(rot) NEXT("r9", rot) TAP2("r8", "r9", rot)
#define ROW2_3(rot) FIRST2(rot) SLIDE2_8(rot) SLIDE2_9(rot)
#define ROW2_5(rot) ROW2_3(rot) SLIDE2_8(rot) SLIDE2_9(rot)
#define ROW2_7(rot) ROW2_5(rot) SLIDE2_8(rot) SLIDE2_9(rot)
#define FIRST3(rot)                                                                                                    \
    "ldm r0!, {r8, r9, r10}\n" LOAD("r8", rot) LOAD("r9", rot) LOAD("r10", rot) TAP3("r8", "r9", "r10", rot)
#define SLIDE3_8(rot) NEXT("r8", rot) TAP3("r9", "r10", "r8", rot)
#define SLIDE3_9(rot) NEXT("r9", rot) TAP3("r10", "r8", "r9", rot)
#define SLIDE3_10(rot) NEXT("r10", rot) TAP3("r8", "r9", "r10", rot)
#define ROW3_3(rot) FIRST3(rot) SLIDE3_8(rot) SLIDE3_9(rot)
#define ROW3_5(rot) ROW3_3(rot) SLIDE3_10(rot) SLIDE3_8(rot)
#define ROW3_7(rot) ROW3_5(rot) SLIDE3_9(rot) SLIDE3_10(rot)
/* A tap of any window: a column for each pixel. */
#define ONE_ANY(rot) NEXT("r8", rot) TAP1("r8", rot)
#define THREE_ANY(rot)                                                                                                   \
    "ldm r0!, {r8, r9, r10}\n" LOAD("r8", rot) LOAD("r9", rot) LOAD("r10", rot) TAP3("r8", "r9", "r10", rot)

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
#define PLACE "ldrd r9, r8, [sp, #8]\nadd r9, r9, r12\n"
#define STORE(s, t, first, second) "strb " s ", [r9, #" first "]\nstrb " t ", [r9, #" second "]\n"
#define STORES1(first, second) PLACE STORE("r2", "r3", first, second)
#define STORES2(first, second) STORES1(first, second) "add r9, r9, r8\n" STORE("r4", "r5", first, second)
#define STORES3(first, second) STORES2(first, second) "add r9, r9, r8\n" STORE("r6", "r7", first, second)
#define BIAS2 "mov r4, r2\nmov r5, r3\n"
#define BIAS3 BIAS2 "mov r6, r2\nmov r7, r3\n"

/* On the stack: 0 columns, 4 weights, 8 out, 12 channels, 16 rewind, 20 height. `taps` runs over all taps of two channels;
 * it may use lr and the stack from 24 on. */
#define PASS(bias, even, odd, outputs, even_stores, odd_stores)                                                       \
    __asm__ volatile(".syntax unified\n"                                                                               \
                     "push {r4-r11, lr}\n"                                                                             \
                     "ldm r0, {r1-r6}\n"                                                                               \
                     "sub sp, sp, #4\n"                                                                                \
                     "push {r1-r6}\n"                                                                                  \
                     "mov r1, r2\n"                                                                                    \
                     "mov r12, #0\n"                                                                                   \
                     "1:\n"                                                                                            \
                     "ldr r0, [sp]\n"                                                                                  \
                     "ldrd r2, r3, [r1], #16\n" bias even                                                              \
                     "ldm r1, {r8-r11}\n" outputs even_stores                                                          \
                     "ldr r0, [sp]\n"                                                                                 \
                     "ldr r8, [sp, #16]\n"                                                                             \
                     "sub r1, r1, r8\n"                                                                                \
                     "ldrd r2, r3, [r1], #8\n" bias odd                                                                \
                     "add r1, r1, #16\n"                                                                               \
                     "ldm r1!, {r8-r11}\n" outputs odd_stores                                                          \
                     "ldr r8, [sp, #12]\n"                                                                             \
                     "add r12, r12, #4\n"                                                                              \
                     "cmp r12, r8\n"                                                                                   \
                     "bne 1b\n"                                                                                        \
                     "add sp, sp, #28\n"                                                                               \
                     "pop {r4-r11, pc}\n")
/* Runs `row` for each window row. */
#define ROWS(label, row)                                                                                               \
    "ldr lr, [sp, #20]\n" label ":\n" row "subs lr, lr, #1\n"                                                          \
    "bne " label "b\n"
/* Runs `tap` until the weights end. */
#define TAPS(label, tap)                                                                                               \
    "ldr lr, [sp, #16]\n"                                                                                              \
    "add lr, r1, lr\n"                                                                                                 \
    "sub lr, lr, #8\n" label ":\n" tap "cmp r1, lr\n"                                                              \
    "bne " label "b\n"

#define DEFINE(name, ...)                                                                                              \
    __attribute__((naked, noinline)) void name(const tk_depthwise_pass *p __attribute__((unused))) { PASS(__VA_ARGS__); }
#define THREE(k)                                                                                                       \
    DEFINE(tk_depthwise_three_##k, BIAS3, ROWS("2", ROW3_##k(EVEN)), ROWS("3", ROW3_##k(ODD)), OUTPUTS3,               \
           STORES3("0", "2"), STORES3("1", "3"))
#define TWO(k)                                                                                                         \
    DEFINE(tk_depthwise_two_##k, BIAS2, ROWS("2", ROW2_##k(EVEN)), ROWS("3", ROW2_##k(ODD)), OUTPUTS2,                 \
           STORES2("0", "2"), STORES2("1", "3"))
#ifndef tk_depthwise_three_3
THREE(3)
THREE(5)
THREE(7)
TWO(3)
TWO(5)
TWO(7)
#endif
DEFINE(tk_depthwise_one, "", TAPS("2", ONE_ANY(EVEN)), TAPS("3", ONE_ANY(ODD)), OUTPUTS1, STORES1("0", "2"),
       STORES1("1", "3"))
DEFINE(tk_depthwise_three_any, BIAS3, TAPS("2", THREE_ANY(EVEN)), TAPS("3", THREE_ANY(ODD)), OUTPUTS3, STORES3("0", "2"),
       STORES3("1", "3"))
#else
/* Where channel c of a four has its bias and, 0 or 4 words on from the weights' end, its multiplier and rounding. */
static inline int order(int c) { return (c >> 1) | (c & 1) << 1; }

/* `pixels` pixels in all channels; the column of window row y, tap x, pixel i is columns[y * row + x * tap + i]. */
static void pixels_in_c(const tk_depthwise_pass *p, int pixels, int row, int tap)
{
    const int8_t *four = p->weights;
    for (int c = 0; c < p->channels; ++c) {
        const int8_t *const weights = four + BIASES, *const constants = weights + 4 * p->height * p->width;
        const int at = order(c & 3);
        const int32_t bias = tk_wrap(tk_load4(four + 4 * at));
        const int8_t *const own = constants + 16 * (at >> 1) + 4 * (at & 1);
        const int32_t doubled = tk_wrap(tk_load4(own)), rounding = tk_wrap(tk_load4(own + 8));
        for (int i = 0; i < pixels; ++i) {
            int32_t sum = bias;
            for (int y = 0; y < p->height; ++y)
                for (int x = 0; x < p->width; ++x)
                    sum += p->columns[y * row + x * tap + i][c] * weights[4 * (y * p->width + x) + (c & 3)];
            p->out[i * p->channels + c] = tk_wide_output(sum, doubled, rounding);
        }
        if ((c & 3) == 3)
            four = constants + CONSTANTS;
    }
}

void tk_depthwise_one(const tk_depthwise_pass *p) { pixels_in_c(p, 1, p->width, 1); }
#ifndef tk_depthwise_three_3
void tk_depthwise_three_3(const tk_depthwise_pass *p) { pixels_in_c(p, 3, 5, 1); }
void tk_depthwise_three_5(const tk_depthwise_pass *p) { pixels_in_c(p, 3, 7, 1); }
void tk_depthwise_three_7(const tk_depthwise_pass *p) { pixels_in_c(p, 3, 9, 1); }
void tk_depthwise_two_3(const tk_depthwise_pass *p) { pixels_in_c(p, 2, 4, 1); }
void tk_depthwise_two_5(const tk_depthwise_pass *p) { pixels_in_c(p, 2, 6, 1); }
void tk_depthwise_two_7(const tk_depthwise_pass *p) { pixels_in_c(p, 2, 8, 1); }
#endif
void tk_depthwise_three_any(const tk_depthwise_pass *p) { pixels_in_c(p, 3, 3 * p->width, 3); }
#endif

/* Writes the pointers to `count` columns of each window row, from input column `first` on, `step` apart, every `apart`
 * places. Outside the image a column is all zero points. */
static __attribute__((noinline)) void point(const tk_depthwise_wide *p, const int8_t *const *rows, const int8_t *outside, int first, int step,
                  int count, const int8_t **to, int apart)
{
    const int bytes = step * p->channels;
    const bool inside = first >= 0 && first + (count - 1) * step < p->in_width;
    for (int y = 0; y < p->kernel_height; ++y) {
        const int8_t *const row = rows[y * p->row_dilation];
        if (row && inside) {
            const int8_t *column = row + first * p->channels;
            for (int i = 0; i < count; ++i, column += bytes, to += apart)
                *to = column;
        } else {
            for (int i = 0, x = first; i < count; ++i, x += step, to += apart)
                *to = row && x >= 0 && x < p->in_width ? row + x * p->channels : outside;
        }
    }
}

void tk_depthwise_wide_row_s8(const tk_depthwise_wide *p, const int8_t *const *rows, int8_t *out, int x0, int x1,
                              void *scratch)
{
    const int8_t **const columns = scratch;
    const bool slides = p->two != 0;
    const int taps = p->kernel_height * p->kernel_width;
    int8_t *const outside = (int8_t *)(columns + (slides ? p->kernel_height * (p->kernel_width + 2) : 3 * taps));
    for (int i = 0; i < p->channels; ++i)
        outside[i] = p->zero_point;
    tk_depthwise_pass pass = { columns, (const int8_t *)p->weights, out, p->channels, 4 * taps + 8, p->kernel_height,
                               p->kernel_width };
    for (int x = x0, pixels; x < x1; x += pixels) {
        const int left = x1 - x, first = x * p->stride - p->left;
        pass.out = out + (x - x0) * p->channels;
        if (slides) {
            pixels = left == 3 || left > 4 ? 3 : left > 1 ? 2 : 1;
            point(p, rows, outside, first, 1, p->kernel_width + pixels - 1, columns, 1);
        } else {
            pixels = left > 2 ? 3 : 1;
            for (int i = 0; i < pixels; ++i)
                point(p, rows, outside, first + i * p->stride, p->dilation, p->kernel_width, columns + i, pixels);
        }
        if (pixels == 3)
            p->three(&pass);
        else if (pixels == 2)
            p->two(&pass);
        else
            tk_depthwise_one(&pass);
    }
}
