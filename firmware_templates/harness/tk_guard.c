/* SPDX-License-Identifier: 0BSD */
#include "tk_guard.h"

#include <stdbool.h>
#include <stdint.h>

#include "tk_start.h"

#define PATTERN 0xA5u

enum { BYTES = 16 };

/* From the linker script. */
extern volatile uint8_t tk_guard_low[], tk_guard_high[];

static bool whole(const volatile uint8_t *guard)
{
    for (int i = 0; i < BYTES; i++) {
        if (guard[i] != PATTERN)
            return false;
    }
    return true;
}

void tk_guard_set(void)
{
    for (int i = 0; i < BYTES; i++) {
        tk_guard_low[i] = PATTERN;
        tk_guard_high[i] = PATTERN;
    }
}

void tk_guard_check(void)
{
    if (whole(tk_guard_low) && whole(tk_guard_high))
        return;
    tk_fault_text("\r\n" TK_FAULT);
    tk_fault_text(whole(tk_guard_low) ? " arena behind" : " arena below");
#ifdef TK_GUARD_LAYERS
    tk_fault_text(" in this layer");
#endif
    tk_fault_end();
}

void tk_step_end(void)
{
    if (tk_guard_low[BYTES - 1] != PATTERN || tk_guard_high[0] != PATTERN)
        tk_guard_check();
    tk_layer = 0;
}

#ifdef TK_GUARD_LAYERS
void tk_layer_begin(uint32_t layer)
{
    tk_guard_check();
    tk_layer = layer;
}
#endif
