/* SPDX-License-Identifier: 0BSD */
#include <stdint.h>

#include "tk_board.h"
#include "tk_start.h"

/* x1 to x31 as they were. */
uint32_t tk_registers[31];

_Noreturn void tk_fault(uint32_t cause, uint32_t pc, uint32_t value);

/* Tells of the trap and stops. */
void tk_fault(uint32_t cause, uint32_t pc, uint32_t value)
{
    static const char names[31][4] = {"lr", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0", "a1",
                                      "a2", "a3", "a4", "a5", "a6", "a7", "s2", "s3", "s4", "s5", "s6",
                                      "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"};

    tk_fault_text("\r\n" TK_FAULT);
    tk_fault_value("pc", pc);
    for (unsigned i = 0; i < 31; i++)
        tk_fault_value(names[i], tk_registers[i]);
    tk_fault_value("mcause", cause);
    tk_fault_value("addr", value);
    tk_fault_end();
}
