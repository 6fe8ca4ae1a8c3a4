/* SPDX-License-Identifier: 0BSD
 * Reset and traps of a 32-bit RISC-V hart in machine mode. */
    .section .vectors, "ax"
    .globl tk_reset
tk_reset:
    csrw mie, zero
    la t0, trap
    csrw mtvec, t0
#ifdef __riscv_flen
    li t0, 0x6000               /* mstatus.FS: FPU on */
    csrs mstatus, t0
#endif
    la sp, tk_stack_top
    call tk_start
1:  j 1b

    .balign 4
trap:                           /* the stack may have overflowed: start afresh at its top */
    csrr a0, mcause
    csrr a1, mepc
    mv a2, ra
    csrr a3, mtval
    la sp, tk_stack_top
    call tk_fault
1:  j 1b
