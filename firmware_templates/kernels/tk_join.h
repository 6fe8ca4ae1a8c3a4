/* SPDX-License-Identifier: 0BSD
 * CONCATENATION of tensors of any element size. Lengths are in bytes unless they count. */
#ifndef TK_JOIN_H
#define TK_JOIN_H

#include <stdint.h>

/** Maps along one axis. */
typedef struct tk_join_maps {
    int32_t inputs;
    const int32_t *sizes; /**< of each input: bytes of a pixel's channels, or pixels of a row */
    int32_t pixel;        /**< bytes of an output pixel */
} tk_join_maps;

/** Any axis: runs of the inputs in turn. */
typedef struct tk_join {
    int32_t inputs, outer;   /**< how many inputs, and how often a run of each is taken */
    const int32_t *runs;
    const int8_t *constants; /**< inputs that are constants, one after the other */
    const int32_t *begins;   /**< where each input begins among them; -1: it is no constant. 0: none is */
} tk_join;

void tk_join_channels(const tk_join_maps *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);
void tk_join_pixels(const tk_join_maps *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);
void tk_join_rows(const tk_join_maps *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);
void tk_join_tensors(const tk_join *p, const int8_t *const *inputs, int8_t *out, void *scratch);
#endif
