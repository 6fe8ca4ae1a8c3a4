/* SPDX-License-Identifier: 0BSD
 * The DSP extension's instructions on pairs of 16-bit halves, emulated where a core lacks them so that kernels made for
 * them can be tested on a PC. TK_DSP says whether kernels that have a portable path too take the other one. */
#ifndef TK_DSP_H
#define TK_DSP_H

#include <stdint.h>

#ifndef TK_DSP
#if defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP
#define TK_DSP 1
#else
#define TK_DSP 0
#endif
#endif

/** Functions that are compiled once where code is to be small: TK_INLINE otherwise for each call by itself, for the constants
 * among its arguments, TK_SHARED as the compiler likes. */
#ifdef __OPTIMIZE_SIZE__
#define TK_INLINE static __attribute__((noinline, unused))
#define TK_SHARED static __attribute__((noinline, unused))
#else
#define TK_INLINE static inline __attribute__((always_inline))
#define TK_SHARED static inline
#endif

/** Four bytes from any address. */
static inline uint32_t tk_load4(const int8_t *p)
{
    uint32_t word;
    __builtin_memcpy(&word, p, 4); /* also where there is no C library: one load */
    return word;
}

/** Four bytes to any address. */
static inline void tk_store4(int8_t *p, uint32_t word) { __builtin_memcpy(p, &word, 4); }

#if defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP
#include <arm_acle.h>

/** Bytes 0 and 2 of `x`, sign-extended, each plus a half of `offsets`. */
static inline uint32_t tk_even(uint32_t offsets, uint32_t x)
{
    uint32_t result;
    if (__builtin_constant_p(offsets) && offsets == 0)
        __asm__("sxtb16 %0, %1" : "=r"(result) : "r"(x));
    else
        __asm__("sxtab16 %0, %1, %2" : "=r"(result) : "r"(offsets), "r"(x));
    return result;
}

/** Bytes 1 and 3 of `x`, sign-extended, each plus a half of `offsets`. */
static inline uint32_t tk_odd(uint32_t offsets, uint32_t x)
{
    uint32_t result;
    if (__builtin_constant_p(offsets) && offsets == 0)
        __asm__("sxtb16 %0, %1, ror #8" : "=r"(result) : "r"(x));
    else
        __asm__("sxtab16 %0, %1, %2, ror #8" : "=r"(result) : "r"(offsets), "r"(x));
    return result;
}

/** sum + the products of both pairs of halves. */
static inline int32_t tk_dual_mac(uint32_t a, uint32_t b, int32_t sum)
{
    return __smlad((int16x2_t)a, (int16x2_t)b, sum);
}

/** sum + the product of the low halves. */
static inline int32_t tk_low_mac(uint32_t a, uint32_t b, int32_t sum) { return __smlabb((int32_t)a, (int32_t)b, sum); }

/** sum + the product of the high halves. */
static inline int32_t tk_high_mac(uint32_t a, uint32_t b, int32_t sum) { return __smlatt((int32_t)a, (int32_t)b, sum); }

/** a * b / 2^32 to the nearest integer, halves up. */
static inline int32_t tk_smmulr(int32_t a, int32_t b)
{
    int32_t result;
    __asm__("smmulr %0, %1, %2" : "=r"(result) : "r"(a), "r"(b));
    return result;
}

/** c + a * b / 2^32 to the nearest integer, halves up. */
static inline int32_t tk_smmlar(int32_t a, int32_t b, int32_t c)
{
    int32_t result;
    __asm__("smmlar %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(c));
    return result;
}

/** a + b, saturated. */
static inline int32_t tk_qadd(int32_t a, int32_t b) { return __qadd(a, b); }

/** `x` saturated to -128 ... 127. */
static inline int32_t tk_ssat8(int32_t x)
{
    int32_t result;
    __asm__("ssat %0, #8, %1" : "=r"(result) : "r"(x));
    return result;
}
#else
static inline int32_t tk_half(uint32_t x) { return (int32_t)(x & 0xffffu) - (x & 0x8000u ? 65536 : 0); }

static inline uint32_t tk_pair(int32_t low, int32_t high)
{
    return ((uint32_t)low & 0xffffu) | ((uint32_t)high << 16);
}

static inline int32_t tk_byte(uint32_t x) { return (int32_t)(x & 0xffu) - (x & 0x80u ? 256 : 0); }

static inline uint32_t tk_even(uint32_t offsets, uint32_t x)
{
    return tk_pair(tk_half(offsets) + tk_byte(x), tk_half(offsets >> 16) + tk_byte(x >> 16));
}

static inline uint32_t tk_odd(uint32_t offsets, uint32_t x)
{
    return tk_pair(tk_half(offsets) + tk_byte(x >> 8), tk_half(offsets >> 16) + tk_byte(x >> 24));
}

static inline int32_t tk_low_mac(uint32_t a, uint32_t b, int32_t sum) { return sum + tk_half(a) * tk_half(b); }

static inline int32_t tk_high_mac(uint32_t a, uint32_t b, int32_t sum)
{
    return sum + tk_half(a >> 16) * tk_half(b >> 16);
}

static inline int32_t tk_dual_mac(uint32_t a, uint32_t b, int32_t sum) { return tk_high_mac(a, b, tk_low_mac(a, b, sum)); }

static inline int32_t tk_smmulr(int32_t a, int32_t b)
{
    return (int32_t)(((int64_t)a * b + (INT64_C(1) << 31)) >> 32);
}

static inline int32_t tk_smmlar(int32_t a, int32_t b, int32_t c)
{
    return (int32_t)(((int64_t)a * b + (int64_t)c * (INT64_C(1) << 32) + (INT64_C(1) << 31)) >> 32);
}

static inline int32_t tk_qadd(int32_t a, int32_t b)
{
    const int64_t sum = (int64_t)a + b;
    return (int32_t)(sum < INT32_MIN ? INT32_MIN : sum > INT32_MAX ? INT32_MAX : sum);
}

static inline int32_t tk_ssat8(int32_t x) { return x < -128 ? -128 : x > 127 ? 127 : x; }
#endif
#endif
