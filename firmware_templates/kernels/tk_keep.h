/* SPDX-License-Identifier: 0BSD
 * READ_VARIABLE and ASSIGN_VARIABLE: what is kept from one inference to the next. */
#ifndef TK_KEEP_H
#define TK_KEEP_H

#include <stdint.h>

typedef struct tk_keep {
    uint32_t bytes; /**< of the whole tensor */
} tk_keep;

/** Copies a tensor of any type. */
void tk_keep_bytes(const tk_keep *p, const int8_t *const *inputs, int8_t *out, void *scratch);
#endif
