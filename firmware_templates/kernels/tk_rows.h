/* SPDX-License-Identifier: 0BSD
 * Row pointers for row kernels: where input rows lie, in a whole map or in a ring of its latest rows. */
#ifndef TK_ROWS_H
#define TK_ROWS_H

#include <stdint.h>

static inline int tk_min(int a, int b) { return a < b ? a : b; }
static inline int tk_max(int a, int b) { return a > b ? a : b; }

/** Points rows[0..count) at rows first..first+count of a map of `height` rows that lies whole at `base`; NULL where a
 * row is outside the map. */
static inline void tk_rows(const int8_t **rows, const int8_t *base, int first, int count, int height, int row_bytes)
{
    for (int k = 0; k < count; ++k) {
        const int y = first + k;
        rows[k] = y < 0 || y >= height ? 0 : base + y * row_bytes;
    }
}

/** The same for a ring: row y lies in slot y mod `held`. */
static inline void tk_ring_rows(const int8_t **rows, const int8_t *base, int first, int count, int height, int held,
                                int row_bytes)
{
    for (int k = 0; k < count; ++k) {
        const int y = first + k;
        rows[k] = y < 0 || y >= height ? 0 : base + (y % held) * row_bytes;
    }
}
#endif
