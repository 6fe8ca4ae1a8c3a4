/* SPDX-License-Identifier: 0BSD */
#include "tk_cycles.h"

#include "tk_board.h"
#include "tk_dwt.h"

void tk_cycles_start(void)
{
    tk_dwt_start();
    tk_dwt_watch();
}

uint64_t tk_counter(void)
{
    return tk_dwt_cycles();
}

void tk_systick(void)
{
    (void)tk_counter();
}

uint32_t tk_counter_scale(void)
{
    return 1000;
}

const char *tk_counter_unit(void)
{
    return "cycles";
}
