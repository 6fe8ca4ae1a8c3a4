/* SPDX-License-Identifier: 0BSD */
#include "tk_fully_connected_wide.h"

#include "tk_copy.h"
#include "tk_wide.h"

enum { OUTPUTS = 4, TABLE = 3 * OUTPUTS };

/* What one pass over all fours of outputs needs; the assembly knows the order. */
typedef struct pass {
    const int8_t *weights;
    const int32_t *table;
    const uint32_t *x;
    int8_t *out;
    int32_t quad_bytes;      /* of weights */
    int32_t quads;
} pass;

#if defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP
#define OUTPUT_OF_GROUP(s, w)                                                                                          \
    "sxtb16 r12, " w "\n"                                                                                              \
    "sxtb16 " w ", " w ", ror #8\n"                                                                                    \
    "smlad " s ", r12, r10, " s "\n"                                                                                   \
    "smlad " s ", " w ", r11, " s "\n"

/* A group of four inputs, four outputs: r0 weights, r1 inputs, r2-r5 the sums. 18 instructions for 16 products. */
#define GROUP                                                                                                          \
    "ldm r0!, {r6-r9}\n"                                                                                               \
    "ldrd r10, r11, [r1], #8\n" OUTPUT_OF_GROUP("r2", "r6") OUTPUT_OF_GROUP("r3", "r7")                                \
        OUTPUT_OF_GROUP("r4", "r8") OUTPUT_OF_GROUP("r5", "r9")

#define OUTPUT(s, m, c)                                                                                                \
    "smmlar " s ", " s ", " m ", " s "\n"                                                                              \
    "rbit lr, " c "\n"                                                                                                 \
    "add " s ", " s ", " s ", asr #31\n"                                                                               \
    "clz lr, lr\n"                                                                                                     \
    "qadd " s ", " s ", " c "\n"                                                                                       \
    "asr " s ", " s ", lr\n"                                                                                           \
    "ssat " s ", #8, " s ", asr #1\n"

/* All full fours of outputs. In assembly because the loop needs every register there is, which compilers do not manage;
 * the same in C is below. */
static __attribute__((naked, noinline)) void fours(const pass *p __attribute__((unused)))
{
    __asm__ volatile(
        ".syntax unified\n"
        "push {r4-r11, lr}\n"
        "ldm r0, {r0-r5}\n"
        "push {r1-r5}\n"            /* sp: 0 table, 4 x, 8 out, 12 quad_bytes, 16 quads */
        "1:\n"
        "ldr r10, [sp, #12]\n"
        "ldrd r11, r1, [sp]\n"
        "add lr, r0, r10\n"         /* end of the weights */
        "ldm r11!, {r2-r5}\n"
        "str r11, [sp]\n"
        "tst r10, #16\n"            /* an odd number of groups begins in the middle */
        "bne 3f\n"
        "2:\n" GROUP "3:\n" GROUP
        "cmp r0, lr\n"
        "bne 2b\n"
        "ldr r1, [sp]\n"
        "ldm r1!, {r6-r9}\n"
        "ldm r1!, {r10-r12}\n" OUTPUT("r2", "r6", "r10") OUTPUT("r3", "r7", "r11") OUTPUT("r4", "r8", "r12")
        "ldr r12, [r1], #4\n" OUTPUT("r5", "r9", "r12")
        "str r1, [sp]\n"
        "ldr r1, [sp, #8]\n"
        "strb r3, [r1, #1]\n"
        "strb r4, [r1, #2]\n"
        "strb r5, [r1, #3]\n"
        "strb r2, [r1], #4\n"
        "str r1, [sp, #8]\n"
        "ldr r2, [sp, #16]\n"
        "subs r2, r2, #1\n"
        "str r2, [sp, #16]\n"
        "bne 1b\n"
        "add sp, sp, #20\n"
        "pop {r4-r11, pc}\n");
}
#endif

/* `outputs` of one four. */
static void some(const pass *p, int outputs)
{
    for (int c = 0; c < outputs; ++c) {
        int32_t sum = p->table[c];
        const int8_t *w = p->weights + 4 * c;
        const uint32_t *x = p->x;
        for (const int8_t *const end = w + p->quad_bytes; w != end; w += 4 * OUTPUTS, x += 2) {
            const uint32_t word = tk_load4(w);
            sum = tk_dual_mac(tk_odd(0, word), x[1], tk_dual_mac(tk_even(0, word), x[0], sum));
        }
        p->out[c] = tk_wide_output(sum, p->table[OUTPUTS + c], p->table[2 * OUTPUTS + c]);
    }
}

void tk_fully_connected_wide_s8(const tk_fully_connected_wide *p, const int8_t *const *inputs, int8_t *out, void *scratch)
{
    const int whole = p->inputs / 4, rest = p->inputs & 3;
    const int8_t *in = inputs[0];
    for (int32_t batch = 0; batch < p->batches; ++batch) {
        uint32_t *const end = tk_widen(scratch, in, whole, 2);
        if (rest) {
            int8_t last[4] = { 0, 0, 0, 0 };
            tk_copy(last, in + 4 * whole, rest);
            tk_widen(end, last, 1, 2);
        }
        pass job = { p->weights, p->table, scratch, out, 4 * OUTPUTS * (whole + (rest != 0)), p->outputs / OUTPUTS };
        int done = 0;
#if defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP
        if (job.quads) {
            fours(&job);
            done = OUTPUTS * job.quads;
            job.weights += job.quads * job.quad_bytes;
            job.table += TABLE * job.quads;
            job.out += done;
        }
#endif
        for (int left = p->outputs - done; left > 0; left -= OUTPUTS) {
            some(&job, left < OUTPUTS ? left : OUTPUTS);
            job.weights += job.quad_bytes;
            job.table += TABLE;
            job.out += OUTPUTS;
        }
        in += p->inputs;
        out += p->outputs;
    }
}
