/* SPDX-License-Identifier: 0BSD */
#include "tk_depthwise_mve.h"

#include <stdbool.h>

#include "tk_mve.h"

enum { LANES = 16 };

/* What a run of pixels needs whose windows lie the same distance apart; the assembly knows the order. */
typedef struct run {
    const int8_t *const *taps; /* of the first pixel */
    const int8_t *weights;
    int8_t *out;
    int32_t pairs, odd;      /* of taps */
    int32_t pixels;
    int32_t step;            /* bytes from a pixel's window to the next */
    int32_t channels;        /* bytes from a pixel to the next in the output */
    int32_t last;            /* the last block's first channel */
    int32_t zero_point, rounds;
} run;

#if TK_MVE
/* Registers: q0-q3 the sums of lanes 0, 4, ...; 2, 6, ...; 1, 5, ...; 3, 7, ...; r0 weights, r1 taps, r3 bytes from a tap to
 * what is read, r6 out, r7 the run, r8 channel, r9 pairs, r10 bytes from the first pixel's window, r11 last, r12 pixels.
 * Products of two taps are added in 16 bits: 23 instructions for 32 products. */
#define WIDEN                                                                                                          \
    "vmovlb.s16 q5, q6\nvadd.i32 q0, q0, q5\nvmovlt.s16 q6, q6\nvadd.i32 q1, q1, q6\n"                                 \
    "vmovlb.s16 q5, q4\nvadd.i32 q2, q2, q5\nvmovlt.s16 q4, q4\nvadd.i32 q3, q3, q4\n"
#define ONE_TAP                                                                                                        \
    "add r4, r3\nvldrb.u8 q4, [r4]\nvldrb.u8 q5, [r0], #16\nvmullb.s8 q6, q4, q5\nvmullt.s8 q4, q4, q5\n"
#define TWO_TAPS                                                                                                       \
    "ldrd r4, r5, [r1], #8\nadd r5, r3\n" ONE_TAP                                                                      \
    "vldrb.u8 q5, [r5]\nvldrb.u8 q7, [r0], #16\nvmullb.s8 q5, q5, q7\nvadd.i16 q6, q6, q5\n"                           \
    "vldrb.u8 q5, [r5]\nvmullt.s8 q5, q5, q7\nvadd.i16 q4, q4, q5\n" WIDEN
#define EACH(do) do("q0") do("q1") do("q2") do("q3")
#define BIAS(q) "vldrw.u32 " q ", [r0], #16\n"
#define SCALE(q) "vldrw.u32 q4, [r0], #16\nvqrdmulh.s32 " q ", " q ", q4\n"
#define ROUND(q) "vshr.s32 q4, " q ", #31\nvadd.i32 " q ", " q ", q4\n"
#define SHIFT(q) "vldrb.s32 q4, [r0], #4\nvrshl.s32 " q ", " q ", q4\n"

/* In assembly because compilers do not keep within eight vector registers; the same in C is below. */
static __attribute__((naked, noinline)) void compute(const run *p __attribute__((unused)))
{
    __asm__ volatile(".syntax unified\n"
                     "push {r4-r11, lr}\n"
                     "vpush {d8-d15}\n"
                     "mov r7, r0\n"
                     "ldrd r6, r9, [r7, #8]\n"
                     "ldr r12, [r7, #20]\n"
                     "ldr r11, [r7, #32]\n"
                     "movs r2, #0\n"
                     "mov r10, r2\n"
                     "1:\n"
                     "ldr r0, [r7, #4]\n"
                     "mov r8, r2\n"
                     "2:\n"
                     "ldr r1, [r7]\n"
                     "add r3, r10, r8\n" EACH(BIAS)
                     "wls lr, r9, 4f\n"
                     "3:\n" TWO_TAPS
                     "le lr, 3b\n"
                     "4:\n"
                     "ldr r5, [r7, #16]\n"
                     "cbz r5, 5f\n"
                     "ldr r4, [r1]\n" ONE_TAP WIDEN
                     "5:\n" EACH(SCALE)
                     "ldrd r4, r5, [r7, #36]\n"
                     "cbz r5, 6f\n" EACH(ROUND)
                     "6:\n" EACH(SHIFT)
                     "vqmovnb.s32 q0, q0\n"
                     "vqmovnt.s32 q0, q1\n"
                     "vqmovnb.s32 q2, q2\n"
                     "vqmovnt.s32 q2, q3\n"
                     "vqadd.s16 q0, q0, r4\n"
                     "vqadd.s16 q2, q2, r4\n"
                     "vqmovnb.s16 q0, q0\n"
                     "vqmovnt.s16 q0, q2\n"
                     "add r4, r6, r8\n"
                     "vstrb.8 q0, [r4]\n"
                     "cmp r8, r11\n"
                     "add r8, r8, #16\n"
                     "beq 7f\n"
                     "cmp r8, r11\n"
                     "it gt\n"
                     "movgt r8, r11\n"
                     "b 2b\n"
                     "7:\n"
                     "ldrd r4, r5, [r7, #24]\n"
                     "add r10, r4\n"
                     "add r6, r5\n"
                     "subs r12, #1\n"
                     "bne 1b\n"
                     "vpop {d8-d15}\n"
                     "pop {r4-r11, pc}\n");
}
#else
/* Where lane `lane` has its constants. */
static inline int place(int lane) { return lane / 4 + 4 * ((lane & 1) * 2 + (lane >> 1 & 1)); }

static int32_t word(const int8_t *from)
{
    int32_t value;
    __builtin_memcpy(&value, from, sizeof value);
    return value;
}

static void compute(const run *p)
{
    enum { WORDS = 4 * LANES };
    const int taps = 2 * p->pairs + p->odd;
    for (int i = 0; i < p->pixels; ++i) {
        const int8_t *biases = p->weights;
        for (int c = 0; c <= p->last; c = c == p->last || c + LANES < p->last ? c + LANES : p->last) {
            const int8_t *const weights = biases + WORDS, *const scales = weights + LANES * taps;
            for (int lane = 0; lane < LANES; ++lane) {
                const int at = place(lane);
                int32_t sum = word(biases + 4 * at);
                for (int tap = 0; tap < taps; ++tap)
                    sum += p->taps[tap][i * p->step + c + lane] * weights[LANES * tap + lane];
                p->out[i * p->channels + c + lane] =
                    tk_mve_output(sum, word(scales + 4 * at), scales[WORDS + at], p->zero_point, p->rounds);
            }
            biases = scales + WORDS + LANES;
        }
    }
}
#endif

/* Pointers to the taps of the window that begins at input column `column`; `outside` where one is outside the image. */
static void point(const tk_depthwise_mve *p, const int8_t *const *rows, const int8_t *outside, int column, const int8_t **taps)
{
    for (int ky = 0; ky < p->kernel_height; ++ky) {
        const int8_t *const row = rows[ky * p->row_dilation];
        for (int kx = 0, x = column; kx < p->kernel_width; ++kx, x += p->dilation)
            *taps++ = row && x >= 0 && x < p->in_width ? row + x * p->channels : outside;
    }
}

/* Copies the columns that the windows of `pixels` pixels from input column `column` on take in, and points to them. */
static void gather(const tk_depthwise_mve *p, const int8_t *const *rows, int column, int pixels, const int8_t **taps, int8_t *to)
{
    const int depth = p->channels, more = (p->kernel_width - 1) * p->dilation, columns = pixels + more;
    const int before = column < 0 ? -column : 0, after = column + columns - p->in_width, behind = after > 0 ? after : 0;
    for (int ky = 0; ky < p->kernel_height; ++ky, to += (p->together + more) * depth) {
        const int8_t *const row = rows[ky * p->row_dilation];
        for (int kx = 0; kx < p->kernel_width; ++kx)
            *taps++ = to + kx * p->dilation * depth;
        if (!row || before + behind >= columns) {
            tk_mve_fill(to, p->zero_point, columns * depth);
            continue;
        }
        tk_mve_fill(to, p->zero_point, before * depth);
        tk_mve_copy(to + before * depth, row + (column + before) * depth, (columns - before - behind) * depth);
        tk_mve_fill(to + (columns - behind) * depth, p->zero_point, behind * depth);
    }
}

void tk_depthwise_mve_row_s8(const tk_depthwise_mve *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    const int8_t **const taps = scratch;
    const int count = p->kernel_height * p->kernel_width, together = p->together, depth = p->channels;
    const int reach = (p->kernel_width - 1) * p->dilation + together; /* columns that are read at a time */
    int8_t *const rest = (int8_t *)(taps + count);
    run job = { taps, (const int8_t *)p->weights, out, count / 2, count & 1, 1, together * p->stride * depth, together * depth,
                together * depth - LANES, p->out_zero_point, p->rounds };
    bool whole = true;
    for (int ky = 0; ky < p->kernel_height; ++ky)
        whole = whole && rows[ky * p->row_dilation];
    if (together == 1)
        tk_mve_fill(rest, p->zero_point, depth);
    for (int x = x0; x < x1; x += job.pixels * together) {
        const int column = x * p->stride - p->left, left = x1 - x, most = left / together;
        const int inside = (p->in_width - reach - column) / (together * p->stride) + 1;
        const bool straight = whole && column >= 0 && column + reach <= p->in_width && most > 0;
        int8_t *const to = out + (x - x0) * depth, *const result = rest + p->kernel_height * reach * depth;
        job.pixels = !straight ? 1 : inside < most ? inside : most;
        job.out = most > 0 ? to : result;
        if (straight || together == 1)
            point(p, rows, rest, column, taps);
        else
            gather(p, rows, column, left < together ? left : together, taps, rest);
        compute(&job);
        if (most == 0)
            tk_mve_copy(to, result, left * depth);
    }
}
