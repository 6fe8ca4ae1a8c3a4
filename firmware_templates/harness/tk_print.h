/* SPDX-License-Identifier: 0BSD
 * Text on the console. */
#ifndef TK_PRINT_H
#define TK_PRINT_H

#include <stdint.h>

void tk_print(const char *text);

/** In decimal. */
void tk_print_number(uint64_t value);

/** Two hexadecimal digits. */
void tk_print_byte(uint8_t value);

/** With three digits behind the point, rounded to the nearest; beyond ±10^15, and what is no number, as the largest there is. */
void tk_print_real(float value);

#endif
