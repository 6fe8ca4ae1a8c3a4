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

/* Tells of the fault and stops. `pc` and `lr` are what the core saved, if it could. */
__attribute__((noreturn, used)) void tk_fault(uint32_t saved, uint32_t pc, uint32_t lr);

void tk_fault(uint32_t saved, uint32_t pc, uint32_t lr)
{
    tk_fault_text("\r\ntk-fault:");
    if (saved) {
        tk_fault_value("pc", pc);
        tk_fault_value("lr", lr);
    } else {
        tk_fault_text(" stack overflow");
    }
#if __ARM_ARCH >= 7 && !defined(__ARM_ARCH_8M_BASE__)
    tk_fault_value("cfsr", TK_REG(0xE000ED28));
    tk_fault_value("hfsr", TK_REG(0xE000ED2C));
    tk_fault_value("addr", TK_REG(0xE000ED38)); /* BFAR */
#endif
    tk_fault_text("\r\n");
    for (;;) {
    }
}

/* The core saved eight registers at sp, lr the sixth and pc the seventh, unless sp has left the stack. Either way the
 * handler goes on at the top of the stack: nobody returns to what lies there. */
__attribute__((naked, noreturn, used)) static void fault(void)
{
    __asm volatile("mov r3, sp\n"
                   "movs r0, #0\n"
                   "ldr r1, =tk_stack_low\n"
                   "cmp r3, r1\n"
                   "blo 1f\n"
                   "ldr r1, =tk_stack_top - 32\n"
                   "cmp r3, r1\n"
                   "bhi 1f\n"
                   "movs r0, #1\n"
                   "ldr r1, [r3, #24]\n"
                   "ldr r2, [r3, #20]\n"
                   "1: ldr r3, =tk_stack_top\n"
                   "mov sp, r3\n"
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
