/* SPDX-License-Identifier: 0BSD
 * RP2040 at 125 MHz from a 12 MHz crystal, console on UART0 (a PL011), time from the microsecond timer. Registers are those of
 * the RP2040 Datasheet, under the names given below. */
#include "tk_board.h"

#include "tk_cortexm.h"

/* Resets */
#define RESETS_RESET TK_REG(0x4000C000)
#define RESETS_DONE TK_REG(0x4000C008)
#define IO_BANK0 (1u << 5)
#define PADS_BANK0 (1u << 8)
#define PLL_SYS (1u << 12)
#define TIMER (1u << 21)
#define UART0 (1u << 22)
#define USED (IO_BANK0 | PADS_BANK0 | PLL_SYS | TIMER)

/* Crystal oscillator */
#define XOSC_CTRL TK_REG(0x40024000)
#define XOSC_STATUS TK_REG(0x40024004)
#define XOSC_STARTUP TK_REG(0x4002400C)
#define RANGE_1_15MHZ 0xAA0u
#define XOSC_ENABLE (0xFABu << 12)
#define XOSC_STABLE (1u << 31)
#define STARTUP_DELAY 47u /* of 256 cycles each: a millisecond */

/* PLL */
#define PLL_CS TK_REG(0x40028000)
#define PLL_PWR TK_REG(0x40028004)
#define PLL_FBDIV TK_REG(0x40028008)
#define PLL_PRIM TK_REG(0x4002800C)
#define PLL_LOCK (1u << 31)
#define PLL_DSM_OFF (1u << 2) /* fractions are not wanted */
#define PLL_POST_OFF (1u << 3)
#define PLL_ALL_OFF 0x2Du

/* Clocks */
#define CLK_REF_CTRL TK_REG(0x40008030)
#define CLK_REF_SELECTED TK_REG(0x40008038)
#define CLK_SYS_CTRL TK_REG(0x4000803C)
#define CLK_SYS_SELECTED TK_REG(0x40008044)
#define CLK_PERI_CTRL TK_REG(0x40008048)
#define REF_XOSC 2u
#define SYS_AUX 1u /* the PLL, as long as AUXSRC is 0 */
#define PERI_ENABLE (1u << 11)

/* Watchdog tick, and timer */
#define WATCHDOG_TICK TK_REG(0x4005802C)
#define TICK_ENABLE (1u << 9)
#define TIMER_HIGH TK_REG(0x40054024)
#define TIMER_LOW TK_REG(0x40054028)

/* GPIO 0 and 1 */
#define GPIO0_CTRL TK_REG(0x40014004)
#define GPIO1_CTRL TK_REG(0x4001400C)
#define FUNCTION_UART 2u

/* UART0 */
#define UART_DR TK_REG(TK_UART + 0x00)
#define UART_FR TK_REG(TK_UART + 0x18)
#define UART_IBRD TK_REG(TK_UART + 0x24)
#define UART_FBRD TK_REG(TK_UART + 0x28)
#define UART_LCR_H TK_REG(TK_UART + 0x2C)
#define UART_CR TK_REG(TK_UART + 0x30)
#define BUSY (1u << 3)
#define RXFE (1u << 4)
#define TXFF (1u << 5)
#define EIGHT_BITS_FIFO (0x70u)
#define UART_ON 0x301u

static void out_of_reset(uint32_t peripherals)
{
    RESETS_RESET &= ~peripherals;
    tk_wait_for(&RESETS_DONE, peripherals);
}

static void clock_init(void)
{
    XOSC_CTRL = RANGE_1_15MHZ;
    XOSC_STARTUP = STARTUP_DELAY;
    XOSC_CTRL = RANGE_1_15MHZ | XOSC_ENABLE;
    tk_wait_for(&XOSC_STATUS, XOSC_STABLE);
    CLK_REF_CTRL = REF_XOSC;
    tk_wait_for(&CLK_REF_SELECTED, 1u << REF_XOSC);
    CLK_SYS_CTRL = 0; /* the reference, while the PLL is set up */
    tk_wait_for(&CLK_SYS_SELECTED, 1u);

    out_of_reset(USED);

    /* 12 MHz x 125 / 6 / 2 = 125 MHz. */
    PLL_PWR = PLL_ALL_OFF;
    PLL_CS = 1;
    PLL_FBDIV = 125;
    PLL_PWR = PLL_POST_OFF | PLL_DSM_OFF;
    tk_wait_for(&PLL_CS, PLL_LOCK);
    PLL_PRIM = (6u << 16) | (2u << 12);
    PLL_PWR = PLL_DSM_OFF;
    CLK_SYS_CTRL = SYS_AUX;
    tk_wait_for(&CLK_SYS_SELECTED, 1u << SYS_AUX);
    CLK_PERI_CTRL = PERI_ENABLE;
    out_of_reset(UART0); /* not before it has a clock: its reset would never be done */
    WATCHDOG_TICK = TICK_ENABLE | 12u; /* the timer's microsecond */
}

void tk_board_init(void)
{
    clock_init();
    GPIO0_CTRL = FUNCTION_UART;
    GPIO1_CTRL = FUNCTION_UART;
    tk_console_speed(TK_BAUD);
}

void tk_console_speed(uint32_t baud)
{
    const uint32_t sixtyfourths = (TK_CLOCK_HZ * 4u + baud / 2) / baud;

    while (UART_FR & BUSY) {
    }
    UART_CR = 0;
    UART_IBRD = sixtyfourths >> 6;
    UART_FBRD = sixtyfourths & 63u;
    UART_LCR_H = EIGHT_BITS_FIFO; /* written after the divisors, which it takes over */
    UART_CR = UART_ON;
}

int tk_console_getc(void)
{
    return UART_FR & RXFE ? -1 : (int)(UART_DR & 0xFFu);
}

void tk_console_write(const uint8_t *data, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++) {
        while (UART_FR & TXFF) {
        }
        UART_DR = data[i];
    }
}

uint64_t tk_counter(void)
{
    uint32_t high, low, again;

    /* NOLINTNEXTLINE(bugprone-infinite-loop): a register that changes by itself */
    do {
        high = TIMER_HIGH;
        low = TIMER_LOW;
        again = TIMER_HIGH;
    } while (high != again);
    return (uint64_t)high << 32 | low;
}

uint32_t tk_counter_scale(void)
{
    return TK_CLOCK_HZ / 1000u; /* thousandths of a cycle in a microsecond */
}

const char *tk_counter_unit(void)
{
    return "cycles";
}
