/* SPDX-License-Identifier: 0BSD
 * Row pointers for row kernels: where input rows lie, in a whole map or in a ring of its latest rows or pixels. */
#ifndef TK_ROWS_H
#define TK_ROWS_H

#include <stdint.h>
#include <string.h>

static inline int tk_min(int a, int b) { return a < b ? a : b; }
static inline int tk_max(int a, int b) { return a > b ? a : b; }
/** a / b rounded up; b > 0. */
static inline int tk_ceil(int a, int b) { return a >= 0 ? (a + b - 1) / b : -(-a / b); }

/** Points rows[0..count) at rows first..first+count of a map of `height` rows that lies whole at `base`; NULL where a
 * row is outside the map. Once a row: what inlining it would save is not worth the code. */
static __attribute__((noinline, unused)) void tk_rows(const int8_t **rows, const int8_t *base, int first, int count, int height, int row_bytes)
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

/** The same for a ring of `slots` units of `unit` pixels, `per_row` of them a row, that holds the pixels from `column` on:
 * the pointers are to where each row would begin. */
static inline void tk_line_rows(const int8_t **rows, const int8_t *base, int first, int count, int height, int column,
                                int per_row, int unit, int slots, int unit_bytes)
{
    const int j = column <= 0 ? 0 : tk_min(column / unit, per_row - 1);
    for (int k = 0; k < count; ++k) {
        const int y = first + k;
        const int at = ((y * per_row + j) % slots - j) * unit_bytes;
        /* As a number, because a row may begin before the buffer, though nothing is read there. */
        rows[k] = y < 0 || y >= height ? 0 : (const int8_t *)((uintptr_t)base + (uintptr_t)at);
    }
}

/** The same for a ring of `held` rows of a column strip that begins at `column`. */
static inline void tk_strip_rows(const int8_t **rows, const int8_t *base, int first, int count, int height, int column,
                                 int held, int row_bytes, int pixel_bytes)
{
    for (int k = 0; k < count; ++k) {
        const int y = first + k;
        const int at = y % held * row_bytes - column * pixel_bytes;
        rows[k] = y < 0 || y >= height ? 0 : (const int8_t *)((uintptr_t)base + (uintptr_t)at);
    }
}

/** Draws rows out over the places first..first+count: row y goes to place y * spread, NULL elsewhere. rows[0] is the first
 * row from `first` on. */
static inline void tk_spread_rows(const int8_t **rows, int first, int count, int spread)
{
    for (int k = count - 1; k >= 0; --k) {
        const int place = first + k;
        rows[k] = place % spread ? 0 : rows[place / spread - tk_ceil(first, spread)];
    }
}

/** Repeats the unit just written to `slot` behind the ring's end, if it is one of the first `mirror`. */
static inline void tk_mirror(int8_t *base, int slot, int mirror, int slots, int unit_bytes)
{
    if (slot < mirror)
        memcpy(base + (slots + slot) * unit_bytes, base + slot * unit_bytes, (size_t)unit_bytes);
}

/** Units of a map, `per_row` of `unit` pixels a row, that must be there before `rows` rows from `first` and `columns`
 * columns from `left` on can be read; what lies outside the map is not read. */
static inline int tk_units(int first, int rows, int height, int left, int columns, int width, int per_row, int unit)
{
    if (first >= height || first + rows <= 0 || left >= width || left + columns <= 0)
        return 0;
    return (tk_min(first + rows, height) - 1) * per_row + (tk_min(left + columns, width) + unit - 1) / unit;
}
#endif
