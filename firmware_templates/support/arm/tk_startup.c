/* SPDX-License-Identifier: 0BSD
 * Reset, vectors and faults of the Arm Cortex-M cores. */
#include "tk_cortexm.h"
#include "tk_start.h"

#include "tk_board.h"

/* Written in assembly as a whole: compilers use FPU and vector registers wherever they like, so the FPU must be on before
 * any C runs, and a debugger or boot loader may come here with any stack pointer. */
__attribute__((naked, noreturn, used)) void tk_reset(void);

void tk_reset(void)
{
    __asm volatile("ldr r0, =tk_stack_top\n"
                   "mov sp, r0\n"
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
                   "ldr r0, =0xe000ed88\n" /* CPACR: full access to CP10 and CP11 */
                   "ldr r1, [r0]\n"
                   "ldr r2, =0x00f00000\n"
                   "orrs r1, r2\n"
                   "str r1, [r0]\n"
                   "dsb\n"
                   "isb\n"
#endif
                   "bl tk_start\n");
}

/* What the registers held: r4 to r11, sp, then what the core saved: r0 to r3, r12, lr, pc, xpsr. */
__attribute__((used)) uint32_t tk_registers[17];

/* Tells of the fault and stops. `saved` is 0 where the core could not save its registers. */
__attribute__((noreturn, used)) void tk_fault(uint32_t saved);

void tk_fault(uint32_t saved)
{
    static const char names[17][4] = {"r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "sp",
                                      "r0", "r1", "r2", "r3", "r12", "lr", "pc", "psr"};

    tk_fault_text("\r\n" TK_FAULT);
    if (!saved)
        tk_fault_text(" stack overflow");
    for (unsigned i = saved ? 17 : 9; i-- > 0;)
        tk_fault_value(names[i], tk_registers[i]);
#if __ARM_ARCH >= 7 && !defined(__ARM_ARCH_8M_BASE__)
    tk_fault_value("cfsr", TK_REG(0xE000ED28));
    tk_fault_value("hfsr", TK_REG(0xE000ED2C));
    tk_fault_value("mmfar", TK_REG(0xE000ED34));
    tk_fault_value("addr", TK_REG(0xE000ED38)); /* BFAR */
#endif
    tk_fault_end();
}

/* The core saved eight registers at sp, unless sp has left the stack. The handler goes on at the top of the stack: nobody
 * returns to what lies there. Only instructions that Armv6-M has, too. */
__attribute__((naked, noreturn, used)) static void fault(void)
{
    __asm volatile("ldr r0, =tk_registers\n"
                   "stmia r0!, {r4-r7}\n"
                   "mov r4, r8\n"
                   "mov r5, r9\n"
                   "mov r6, r10\n"
                   "mov r7, r11\n"
                   "stmia r0!, {r4-r7}\n"
                   "mov r3, sp\n"
                   "stmia r0!, {r3}\n"
                   "movs r2, #0\n"
                   "ldr r1, =tk_stack_low\n"
                   "cmp r3, r1\n"
                   "blo 1f\n"
                   "ldr r1, =tk_stack_top - 32\n"
                   "cmp r3, r1\n"
                   "bhi 1f\n"
                   "movs r2, #1\n"
                   "ldmia r3!, {r4-r7}\n"
                   "stmia r0!, {r4-r7}\n"
                   "ldmia r3!, {r4-r7}\n"
                   "stmia r0!, {r4-r7}\n"
                   "1: ldr r3, =tk_stack_top\n"
                   "mov sp, r3\n"
                   "mov r0, r2\n"
                   "bl tk_fault\n");
}

__attribute__((weak)) void tk_systick(void)
{
}

typedef void (*vector)(void);

__attribute__((section(".vectors"), used)) static const vector vectors[16] = {
    (vector)(uintptr_t)tk_stack_top, tk_reset, fault, fault, fault, fault, fault, fault,
    0, 0, 0, fault, fault, 0, fault, tk_systick,
};

void tk_board_reset(void)
{
    TK_REG(0xE000ED0C) = 0x05FA0004; /* AIRCR: SYSRESETREQ */
    for (;;) {
    }
}
