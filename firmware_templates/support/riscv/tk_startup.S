/* SPDX-License-Identifier: 0BSD
 * Reset and traps of a 32-bit RISC-V hart in machine mode. */
    .section .vectors, "ax"
    .globl tk_reset
    .type tk_reset, @function
    .type trap, @function
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
    csrw mscratch, t0
    la t0, tk_registers
    .irp n, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    sw x\n, 4 * \n - 4(t0)
    .endr
    csrr a0, mscratch           /* t0 is x5 */
    sw a0, 16(t0)
    csrr a0, mcause
    csrr a1, mepc
    csrr a2, mtval
    la sp, tk_stack_top
    call tk_fault
1:  j 1b
