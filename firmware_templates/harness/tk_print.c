/* SPDX-License-Identifier: 0BSD */
#include "tk_print.h"

#include <string.h>

#include "tk_board.h"

void tk_print(const char *text)
{
    tk_console_write((const uint8_t *)text, (uint32_t)strlen(text));
}

static void print_digits(uint64_t value, unsigned least)
{
    char digits[21];
    unsigned at = sizeof digits - 1u;

    digits[at] = '\0';
    for (unsigned count = 0; count < least || value > 0; ++count) {
        digits[--at] = (char)('0' + (int)(value % 10u));
        value /= 10u;
    }
    tk_print(digits + at);
}

void tk_print_number(uint64_t value)
{
    print_digits(value, 1);
}

void tk_print_byte(uint8_t value)
{
    static const char digits[] = "0123456789abcdef";
    const char text[] = {digits[value >> 4], digits[value & 15u], '\0'};

    tk_print(text);
}

void tk_print_real(float value)
{
    const float limit = 1e15f;
    const float size = value < 0.0f ? -value : value;
    /* In float the whole part is exact, and so is what is left of it. */
    const uint64_t whole = size < limit ? (uint64_t)size : (uint64_t)limit;
    const float rest = size < limit ? size - (float)whole : 0.0f;
    const uint64_t thousandths = whole * 1000u + (uint64_t)(rest * 1000.0f + 0.5f);

    if (value < 0.0f && thousandths > 0)
        tk_print("-");
    print_digits(thousandths / 1000u, 1);
    tk_print(".");
    print_digits(thousandths % 1000u, 3);
}
