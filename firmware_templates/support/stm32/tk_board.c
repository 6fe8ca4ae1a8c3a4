/* SPDX-License-Identifier: 0BSD
 * STM32: console on a USART or LPUART of either version, cycles from the DWT. Pins and peripherals come from the manifest; register
 * names are those of the reference manuals: RM0090 (F40x), RM0402 (F412), RM0385 (F74x), RM0433 (H743), RM0432 (L4+). */
#include "tk_board.h"

#include "tk_cortexm.h"
#include "tk_cycles.h"
#include "tk_stm32.h"

/* GPIO: MODER, PUPDR and AFR have the same places in all families. */
#define GPIO_MODER(port) TK_REG((port) + 0x00u)
#define GPIO_PUPDR(port) TK_REG((port) + 0x0Cu)
#define GPIO_AFR(port, pin) TK_REG((port) + 0x20u + (pin) / 8u * 4u)
#define ALTERNATE 2u
#define PULL_UP 1u

#if TK_UART_VERSION == 1 /* the F4 */
#define USART_STATUS TK_REG(TK_UART + 0x00)
#define USART_BRR TK_REG(TK_UART + 0x08)
#define USART_CR1 TK_REG(TK_UART + 0x0C)
#define USART_RDR TK_REG(TK_UART + 0x04)
#define USART_TDR TK_REG(TK_UART + 0x04)
#define UE (1u << 13)
#else /* the F7, H7 and L4+ */
#define USART_CR1 TK_REG(TK_UART + 0x00)
#define USART_BRR TK_REG(TK_UART + 0x0C)
#define USART_STATUS TK_REG(TK_UART + 0x1C)
#define USART_ICR TK_REG(TK_UART + 0x20)
#define USART_RDR TK_REG(TK_UART + 0x24)
#define USART_TDR TK_REG(TK_UART + 0x28)
#define UE (1u << 0)
#endif
#define RE (1u << 2)
#define TE (1u << 3)
#define ORE (1u << 3)
#define RXNE (1u << 5)
#define TC (1u << 6)
#define TXE (1u << 7)

/* An LPUART divides 256 times its clock. */
#ifdef TK_LPUART
#define UART_TICKS (256u * (uint64_t)TK_UART_HZ)
#else
#define UART_TICKS ((uint64_t)TK_UART_HZ)
#endif

static void pin(uint32_t port, uint32_t number, uint32_t function)
{
    tk_set_field(&GPIO_AFR(port, number), 4 * (number % 8), 15, function);
    tk_set_field(&GPIO_MODER(port), 2 * number, 3, ALTERNATE);
}

static void console_init(void)
{
    TK_REG(TK_GPIO_ENABLE) |= TK_GPIO_ENABLE_BITS;
    TK_REG(TK_UART_ENABLE) |= TK_UART_ENABLE_BITS;
    tk_barrier();
    (void)TK_REG(TK_UART_ENABLE); /* a peripheral may be used two cycles after its clock is on */
    pin(TK_TX_PORT, TK_TX_PIN, TK_TX_FUNCTION);
    pin(TK_RX_PORT, TK_RX_PIN, TK_RX_FUNCTION);
    tk_set_field(&GPIO_PUPDR(TK_RX_PORT), 2 * TK_RX_PIN, 3, PULL_UP); /* where nothing is connected */
    tk_console_speed(TK_BAUD);
}

void tk_board_init(void)
{
    tk_clock_init();
    console_init();
    tk_cycles_start();
}

void tk_console_speed(uint32_t baud)
{
    if (USART_CR1 & UE)
        tk_wait_for(&USART_STATUS, TC);
    USART_CR1 = 0;
    USART_BRR = (uint32_t)((UART_TICKS + baud / 2) / baud);
    USART_CR1 = UE | RE | TE;
}

int tk_console_getc(void)
{
    const uint32_t status = USART_STATUS;

#if TK_UART_VERSION == 1
    if (status & (RXNE | ORE)) { /* reading the data clears both */
        const int byte = (int)(USART_RDR & 0xFFu);
        return status & RXNE ? byte : -1;
    }
    return -1;
#else
    if (status & ORE)
        USART_ICR = ORE;
    return status & RXNE ? (int)(USART_RDR & 0xFFu) : -1;
#endif
}

void tk_console_write(const uint8_t *data, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++) {
        tk_wait_for(&USART_STATUS, TXE);
        USART_TDR = data[i];
    }
}
