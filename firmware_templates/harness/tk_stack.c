/* SPDX-License-Identifier: 0BSD */
#include "tk_stack.h"

#include "tk_board.h"

#define PATTERN 0xC5C5C5C5u

/* Words right below this function's frame that painting leaves alone: its own spills and saved registers. */
enum { MARGIN = 16 };

static uint32_t *lowest(void)
{
    return (uint32_t *)(uintptr_t)tk_stack_low;
}

void tk_stack_paint(void)
{
    volatile uint32_t here = 0;
    volatile uint32_t *word = (volatile uint32_t *)lowest();
    const uintptr_t limit = (uintptr_t)&here - MARGIN * sizeof(uint32_t);

    for (; (uintptr_t)word < limit; ++word)
        *word = PATTERN;
}

uint32_t tk_stack_peak(void)
{
    const volatile uint32_t *word = lowest();
    const uintptr_t top = (uintptr_t)tk_stack_top;

    while ((uintptr_t)word < top && *word == PATTERN)
        word++;
    return (uint32_t)(top - (uintptr_t)word);
}

uint32_t tk_stack_size(void)
{
    return (uint32_t)((uintptr_t)tk_stack_top - (uintptr_t)tk_stack_low);
}
