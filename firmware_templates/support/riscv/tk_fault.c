/* SPDX-License-Identifier: 0BSD */
#include <stdint.h>

#include "tk_board.h"
#include "tk_start.h"

void tk_fault(uint32_t cause, uint32_t pc, uint32_t ra, uint32_t value);

/* Tells of the trap and stops. */
void tk_fault(uint32_t cause, uint32_t pc, uint32_t ra, uint32_t value)
{
    tk_fault_text("\r\ntk-fault:");
    tk_fault_value("pc", pc);
    tk_fault_value("lr", ra);
    tk_fault_value("mcause", cause);
    tk_fault_value("addr", value);
    tk_fault_text("\r\n");
    for (;;) {
    }
}
