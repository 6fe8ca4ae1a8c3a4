/* SPDX-License-Identifier: 0BSD
 * Arm MPS2 and MPS3 FPGA boards as QEMU models them: console on a CMSDK APB UART (Cortex-M System Design Kit TRM), time from the
 * core's cycle counter where there is one, else from SysTick: QEMU has no DWT. There, with `-icount shift=0`, one instruction takes
 * one nanosecond, so that a tick of SysTick is TK_TICK thousandths of an instruction. */
#include "tk_board.h"

#include <stdbool.h>

#include "tk_cortexm.h"
#include "tk_dwt.h"

#define UART_DATA TK_REG(TK_UART)
#define UART_STATE TK_REG(TK_UART + 0x04)
#define UART_CTRL TK_REG(TK_UART + 0x08)
#define UART_BAUDDIV TK_REG(TK_UART + 0x10)
#define TX_FULL (1u << 0)
#define RX_FULL (1u << 1)
#define TX_EN (1u << 0)
#define RX_EN (1u << 1)

#define SYST_CSR TK_REG(0xE000E010)
#define SYST_RVR TK_REG(0xE000E014)
#define SYST_CVR TK_REG(0xE000E018)
#define SCB_ICSR TK_REG(0xE000ED04)
#define PENDSTSET (1u << 26)
#define RELOAD 0x00FFFFFFu

static volatile uint32_t wraps;
static bool has_cycles;

void tk_board_init(void)
{
    UART_BAUDDIV = 16; /* the fastest: nothing here is a real line */
    UART_CTRL = TX_EN | RX_EN;
    tk_dwt_start();
    has_cycles = (TK_DWT_CTRL & 1u) != 0; /* where there is no DWT its registers read as zero */
    SYST_RVR = RELOAD;
    SYST_CVR = 0;
    SYST_CSR = 7;
}

int tk_console_getc(void)
{
    return UART_STATE & RX_FULL ? (int)(UART_DATA & 0xFFu) : -1;
}

void tk_console_write(const uint8_t *data, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++) {
        while (UART_STATE & TX_FULL) {
        }
        UART_DATA = data[i];
    }
}

void tk_systick(void)
{
    wraps++;
    if (has_cycles)
        (void)tk_dwt_cycles();
}

static uint64_t ticks(void)
{
    const uint32_t before = tk_interrupts_off();
    uint32_t value = SYST_CVR;
    uint32_t turns = wraps;

    if (SCB_ICSR & PENDSTSET) { /* it wrapped, before or after the value was read, and the handler waits */
        value = SYST_CVR;
        turns++;
    }
    tk_interrupts_back(before);
    /* A turn begins with 0: there the timer asks for its interrupt, and there it starts. RELOAD follows. */
    return (uint64_t)turns * (RELOAD + 1u) + (value == 0 ? 0 : RELOAD + 1u - value);
}

uint64_t tk_counter(void)
{
    return has_cycles ? tk_dwt_cycles() : ticks();
}

uint32_t tk_counter_scale(void)
{
    return has_cycles ? 1000 : TK_TICK;
}

const char *tk_counter_unit(void)
{
    return has_cycles ? "cycles" : "instructions";
}
