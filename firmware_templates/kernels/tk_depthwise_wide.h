/* SPDX-License-Identifier: 0BSD
 * DEPTHWISE_CONV_2D, int8, for cores with the DSP extension: four channels of one to three pixels at a time, on pointers to
 * the columns of their windows. For multiplier 1, a multiple of four channels and outputs that use all of int8. */
#ifndef TK_DEPTHWISE_WIDE_H
#define TK_DEPTHWISE_WIDE_H

#include <stdint.h>

/** What one pass over all channels needs; the assembly knows the order. */
typedef struct tk_depthwise_pass {
    const int8_t *const *columns; /**< see tk_depthwise_wide */
    const int8_t *weights;        /**< see tk_depthwise_wide */
    int8_t *out;                  /**< the first pixel */
    int32_t channels;             /**< also the bytes from an output pixel to the next */
    int32_t rewind;               /**< bytes from the end of a four's weights to its third bias */
    int32_t height, width;        /**< of the window */
} tk_depthwise_pass;

typedef struct tk_depthwise_wide tk_depthwise_wide;

struct tk_depthwise_wide {
    /** For each four channels (0, 1, 2, 3): biases of 0, 2, 1, 3; for each tap four weights; then doubled multipliers of 0
     * and 2, roundings of 0 and 2, the same of 1 and 3 (see tk_wide.h). */
    const uint32_t *weights;
    /** Compute three or two pixels. Those for stride and dilation 1 and a width of 3, 5 or 7 take, for each window row,
     * the columns of all pixels, which overlap; the other one, for each tap, the column of each pixel. Then `two` is NULL. */
    void (*three)(const tk_depthwise_pass *p);
    void (*two)(const tk_depthwise_pass *p);
    int16_t in_width, channels;
    int16_t kernel_height, kernel_width;
    int16_t stride, left, row_dilation, dilation; /**< `left`: padding; `row_dilation` along rows, the others along a row */
    int8_t zero_point;                            /**< the input's */
};

/** Computes pixels [x0, x1) of an output row. `rows` holds (kernel_height - 1) * row_dilation + 1 input rows, NULL for
 * rows outside the image, which count as the input's zero point. `scratch`: `channels` bytes and a pointer for each column
 * of three windows. */
void tk_depthwise_wide_row_s8(const tk_depthwise_wide *p, const int8_t *const *rows, int8_t *out, int x0, int x1,
                              void *scratch);

#if defined(__OPTIMIZE_SIZE__) && UINTPTR_MAX <= UINT32_MAX
/* One pass serves every window; its pointers fit the scratch where a pointer takes four bytes. */
#define tk_depthwise_three_3 tk_depthwise_three_any
#define tk_depthwise_three_5 tk_depthwise_three_any
#define tk_depthwise_three_7 tk_depthwise_three_any
#define tk_depthwise_two_3 0
#define tk_depthwise_two_5 0
#define tk_depthwise_two_7 0
#else
void tk_depthwise_three_3(const tk_depthwise_pass *p);
void tk_depthwise_three_5(const tk_depthwise_pass *p);
void tk_depthwise_three_7(const tk_depthwise_pass *p);
void tk_depthwise_two_3(const tk_depthwise_pass *p);
void tk_depthwise_two_5(const tk_depthwise_pass *p);
void tk_depthwise_two_7(const tk_depthwise_pass *p);
#endif
void tk_depthwise_one(const tk_depthwise_pass *p);
void tk_depthwise_three_any(const tk_depthwise_pass *p);
#endif
