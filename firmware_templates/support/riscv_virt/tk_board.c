/* SPDX-License-Identifier: 0BSD
 * QEMU's RISC-V `virt` machine: console on a 16550 UART, instructions from minstret, reset by the test device. The machine has
 * far more memory than the board claims, so physical memory protection denies the rest: code and constants cannot be
 * written, and nothing lies below the stack or behind the RAM. */
#include "tk_board.h"

#define DEVICE8(address) (*(volatile uint8_t *)(uintptr_t)(address))
#define UART_DATA DEVICE8(TK_UART)
#define UART_LCR DEVICE8(TK_UART + 3)
#define UART_LSR DEVICE8(TK_UART + 5)
#define DATA_READY (1u << 0)
#define THR_EMPTY (1u << 5)

#define TEST_DEVICE (*(volatile uint32_t *)(uintptr_t)TK_TEST_DEVICE)
#define RESET 0x7777u

/* Each entry covers what lies between the address before and its own; locked, it binds machine mode too (privileged
 * specification, physical memory protection). */
enum { READ = 1, WRITE = 2, EXECUTE = 4, TOP = 8, LOCK = 0x80 };

static void protect_memory(void)
{
    const uint32_t config = (uint32_t)(LOCK | TOP | READ | WRITE | EXECUTE) /* devices, and the ROM a reset starts in */
                            | (uint32_t)(LOCK | TOP | READ | EXECUTE) << 8 /* flash */
                            | (uint32_t)(LOCK | TOP | READ | WRITE) << 16 /* RAM */
                            | (uint32_t)(LOCK | TOP) << 24; /* nothing */

    __asm volatile("csrw pmpaddr0, %0" : : "r"(TK_FLASH_START >> 2));
    __asm volatile("csrw pmpaddr1, %0" : : "r"(TK_RAM_START >> 2));
    __asm volatile("csrw pmpaddr2, %0" : : "r"(TK_RAM_END >> 2));
    __asm volatile("csrw pmpaddr3, %0" : : "r"(0xFFFFFFFFu));
    __asm volatile("csrw pmpcfg0, %0" : : "r"(config));
}

void tk_board_init(void)
{
    protect_memory();
    UART_LCR = 3; /* eight bits, no parity */
}

int tk_console_getc(void)
{
    return UART_LSR & DATA_READY ? UART_DATA : -1;
}

void tk_console_write(const uint8_t *data, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++) {
        while ((UART_LSR & THR_EMPTY) == 0) {
        }
        UART_DATA = data[i];
    }
}

uint64_t tk_counter(void)
{
    uint32_t high, low, again;

    /* NOLINTNEXTLINE(bugprone-infinite-loop): clang-tidy does not see that assembly writes its operands */
    do {
        __asm volatile("csrr %0, minstreth" : "=r"(high));
        __asm volatile("csrr %0, minstret" : "=r"(low));
        __asm volatile("csrr %0, minstreth" : "=r"(again));
    } while (high != again);
    return (uint64_t)high << 32 | low;
}

uint32_t tk_counter_scale(void)
{
    return 1000;
}

const char *tk_counter_unit(void)
{
    return "instructions";
}

void tk_board_reset(void)
{
    TEST_DEVICE = RESET;
    for (;;) {
    }
}
