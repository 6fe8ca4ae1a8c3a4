/* SPDX-License-Identifier: 0BSD
 * SiFive FE310-G000/G002 at 320 MHz from a 16 MHz crystal, console on UART0, cycles from mcycle. Registers are those of the FE310-G002
 * Manual: chapters PRCI, GPIO, UART, SPI. */
#include "tk_board.h"

#define REG(address) (*(volatile uint32_t *)(uintptr_t)(address))

#define PRCI_HFROSCCFG REG(0x10008000)
#define PRCI_HFXOSCCFG REG(0x10008004)
#define PRCI_PLLCFG REG(0x10008008)
#define PRCI_PLLOUTDIV REG(0x1000800C)
#define OSC_ENABLE (1u << 30)
#define OSC_READY (1u << 31)
#define PLL_R 1u           /* reference: 16 MHz / 2 */
#define PLL_F (39u << 4)   /* x 80 */
#define PLL_Q (1u << 10)   /* / 2 = 320 MHz */
#define PLL_SELECT (1u << 16)
#define PLL_FROM_CRYSTAL (1u << 17)
#define PLL_BYPASS (1u << 18)
#define PLL_LOCKED (1u << 31)
#define NO_FINAL_DIVIDER (1u << 8)

#define QSPI0_SCKDIV REG(0x10014000)
#define FLASH_DIVIDER 3u /* 320 MHz / 8 = 40 MHz */

#define GPIO_IOF_EN REG(0x10012038)
#define GPIO_IOF_SEL REG(0x1001203C)
#define UART0_PINS ((1u << 16) | (1u << 17))

#define UART_TXDATA REG(TK_UART + 0x00)
#define UART_RXDATA REG(TK_UART + 0x04)
#define UART_TXCTRL REG(TK_UART + 0x08)
#define UART_RXCTRL REG(TK_UART + 0x0C)
#define UART_IP REG(TK_UART + 0x14)
#define UART_DIV REG(TK_UART + 0x18)
#define FULL_OR_EMPTY (1u << 31)
#define ENABLE 1u
#define TX_WATERMARK_1 (1u << 16)
#define TX_EMPTY (1u << 0) /* fewer bytes wait than the watermark says */


static void wait_for(volatile uint32_t *reg, uint32_t bits)
{
    while ((*reg & bits) != bits) {
    }
}

static void clock_init(void)
{
    /* From the internal oscillator, in case a boot loader runs the PLL already. */
    PRCI_HFROSCCFG = OSC_ENABLE | (16u << 16) | 4u;
    wait_for(&PRCI_HFROSCCFG, OSC_READY);
    PRCI_PLLCFG &= ~PLL_SELECT;
    PRCI_HFXOSCCFG = OSC_ENABLE;
    wait_for(&PRCI_HFXOSCCFG, OSC_READY);
    QSPI0_SCKDIV = FLASH_DIVIDER;
    PRCI_PLLOUTDIV = NO_FINAL_DIVIDER;
    PRCI_PLLCFG = PLL_FROM_CRYSTAL | PLL_R | PLL_F | PLL_Q | PLL_BYPASS;
    PRCI_PLLCFG &= ~PLL_BYPASS;
    for (volatile int i = 0; i < 1500; i++) { /* 100 us before the lock bit means something */
    }
    wait_for(&PRCI_PLLCFG, PLL_LOCKED);
    PRCI_PLLCFG |= PLL_SELECT;
}

void tk_board_init(void)
{
    clock_init();
    GPIO_IOF_SEL &= ~UART0_PINS;
    GPIO_IOF_EN |= UART0_PINS;
    UART_DIV = TK_CLOCK_HZ / TK_BAUD - 1u;
    UART_TXCTRL = ENABLE | TX_WATERMARK_1;
    UART_RXCTRL = ENABLE;
}

void tk_console_speed(uint32_t baud)
{
    wait_for(&UART_IP, TX_EMPTY);
    for (volatile uint32_t i = 0; i < TK_CLOCK_HZ / TK_BAUD; i++) { /* the last byte leaves its shift register */
    }
    UART_DIV = TK_CLOCK_HZ / baud - 1u;
}

int tk_console_getc(void)
{
    const uint32_t data = UART_RXDATA;

    return data & FULL_OR_EMPTY ? -1 : (int)(data & 0xFFu);
}

void tk_console_write(const uint8_t *data, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++) {
        while (UART_TXDATA & FULL_OR_EMPTY) {
        }
        UART_TXDATA = data[i];
    }
}

uint64_t tk_counter(void)
{
    uint32_t high, low, again;

    /* NOLINTNEXTLINE(bugprone-infinite-loop): clang-tidy does not see that assembly writes its operands */
    do {
        __asm volatile("csrr %0, mcycleh" : "=r"(high));
        __asm volatile("csrr %0, mcycle" : "=r"(low));
        __asm volatile("csrr %0, mcycleh" : "=r"(again));
    } while (high != again);
    return (uint64_t)high << 32 | low;
}

uint32_t tk_counter_scale(void)
{
    return 1000;
}

const char *tk_counter_unit(void)
{
    return "cycles";
}

/* The program only: the part's own reset takes the watchdog, and nothing here needs it. */
void tk_board_reset(void)
{
    __asm volatile("j tk_reset");
    __builtin_unreachable();
}
