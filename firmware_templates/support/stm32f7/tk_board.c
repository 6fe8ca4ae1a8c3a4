/* SPDX-License-Identifier: 0BSD
 * STM32F74x/F75x at 216 MHz from a crystal or clock of TK_HSE_HZ, console on USART1 (TX PA9, RX PB7: the virtual COM port of the
 * STM32F746G-DISCO), cycles from the DWT. Section numbers are those of the reference manual RM0385 and of the
 * programming manual PM0253. */
#include "tk_board.h"

#include "tk_cortexm.h"

/* RCC, section 5.3 */
#define RCC_CR TK_REG(0x40023800)
#define RCC_PLLCFGR TK_REG(0x40023804)
#define RCC_CFGR TK_REG(0x40023808)
#define RCC_AHB1ENR TK_REG(0x40023830)
#define RCC_APB1ENR TK_REG(0x40023840)
#define RCC_APB2ENR TK_REG(0x40023844)
#define HSEON (1u << 16)
#define HSERDY (1u << 17)
#define PLLON (1u << 24)
#define PLLRDY (1u << 25)
#define GPIOAEN (1u << 0)
#define GPIOBEN (1u << 1)
#define PWREN (1u << 28)
#define USART1EN (1u << 4)

/* PWR, section 4.4 */
#define PWR_CR1 TK_REG(0x40007000)
#define PWR_CSR1 TK_REG(0x40007004)
#define ODEN (1u << 16)
#define ODSWEN (1u << 17)
#define ODRDY (1u << 16)
#define ODSWRDY (1u << 17)

/* FLASH, section 3.7 */
#define FLASH_ACR TK_REG(0x40023C00)
#define ARTEN (1u << 9)
#define PRFTEN (1u << 8)
#define LATENCY 7u /* wait states at 216 MHz and 2.7 V to 3.6 V, table 7 */

/* GPIO, section 6.4 */
#define GPIOA_MODER TK_REG(0x40020000)
#define GPIOA_AFRH TK_REG(0x40020024)
#define GPIOB_MODER TK_REG(0x40020400)
#define GPIOB_PUPDR TK_REG(0x4002040C)
#define GPIOB_AFRL TK_REG(0x40020420)

/* USART1, section 31.8 */
#define USART_CR1 TK_REG(0x40011000)
#define USART_BRR TK_REG(0x4001100C)
#define USART_ISR TK_REG(0x4001101C)
#define USART_ICR TK_REG(0x40011020)
#define USART_RDR TK_REG(0x40011024)
#define USART_TDR TK_REG(0x40011028)
#define UE (1u << 0)
#define RE (1u << 2)
#define TE (1u << 3)
#define ORE (1u << 3)
#define RXNE (1u << 5)
#define TC (1u << 6)
#define TXE (1u << 7)

/* Core: caches (PM0253 section 4.8), cycle counter, SysTick */
#define SCB_CCR TK_REG(0xE000ED14)
#define SCB_CCSIDR TK_REG(0xE000ED80)
#define SCB_CSSELR TK_REG(0xE000ED84)
#define SCB_ICIALLU TK_REG(0xE000EF50)
#define SCB_DCISW TK_REG(0xE000EF60)
#define DC (1u << 16)
#define IC (1u << 17)
#define DEMCR TK_REG(0xE000EDFC)
#define TRCENA (1u << 24)
#define DWT_CTRL TK_REG(0xE0001000)
#define DWT_CYCCNT TK_REG(0xE0001004)
#define DWT_LAR TK_REG(0xE0001FB0)
#define SYST_CSR TK_REG(0xE000E010)
#define SYST_RVR TK_REG(0xE000E014)

static volatile uint32_t cycles_high, cycles_last;

static void wait_for(volatile uint32_t *reg, uint32_t bits)
{
    while ((*reg & bits) != bits) {
    }
}

static void set_field(volatile uint32_t *reg, unsigned shift, uint32_t mask, uint32_t value)
{
    *reg = (*reg & ~(mask << shift)) | (value << shift);
}

static void clock_init(void)
{
    RCC_APB1ENR |= PWREN;
    RCC_CR |= HSEON;
    wait_for(&RCC_CR, HSERDY);

    /* PLL: HSE / M = 1 MHz, x 432, / 2 = 216 MHz; Q = 9 gives USB its 48 MHz. */
    RCC_PLLCFGR = (TK_HSE_HZ / 1000000u) | (432u << 6) | (0u << 16) | (1u << 22) | (9u << 24);
    RCC_CR |= PLLON;

    /* 216 MHz needs the over-drive mode, section 4.1.4. */
    PWR_CR1 |= ODEN;
    wait_for(&PWR_CSR1, ODRDY);
    PWR_CR1 |= ODSWEN;
    wait_for(&PWR_CSR1, ODSWRDY);

    FLASH_ACR = ARTEN | PRFTEN | LATENCY;
    while ((FLASH_ACR & 15u) != LATENCY) {
    }
    wait_for(&RCC_CR, PLLRDY);

    /* APB1 at a quarter (54 MHz), APB2 at half (108 MHz), then the PLL as system clock. */
    RCC_CFGR = (5u << 10) | (4u << 13);
    RCC_CFGR |= 2u;
    while (((RCC_CFGR >> 2) & 3u) != 2u) {
    }
}

static void caches_on(void)
{
    tk_barrier();
    SCB_ICIALLU = 0;
    tk_barrier();
    SCB_CCR |= IC;

    SCB_CSSELR = 0; /* the level 1 data cache; its lines hold 32 bytes */
    tk_barrier();
    const uint32_t size = SCB_CCSIDR;
    const uint32_t sets = (size >> 13) & 0x7FFFu, ways = (size >> 3) & 0x3FFu;
    for (uint32_t set = 0; set <= sets; set++) {
        for (uint32_t way = 0; way <= ways; way++)
            SCB_DCISW = (way << 30) | (set << 5);
    }
    tk_barrier();
    SCB_CCR |= DC;
    tk_barrier();
}

static void console_init(void)
{
    RCC_AHB1ENR |= GPIOAEN | GPIOBEN;
    RCC_APB2ENR |= USART1EN;
    tk_barrier();
    set_field(&GPIOA_MODER, 2 * 9, 3, 2); /* PA9 alternate function 7: USART1_TX */
    set_field(&GPIOA_AFRH, 4 * (9 - 8), 15, 7);
    set_field(&GPIOB_MODER, 2 * 7, 3, 2); /* PB7 alternate function 7: USART1_RX, pulled up when nothing is connected */
    set_field(&GPIOB_AFRL, 4 * 7, 15, 7);
    set_field(&GPIOB_PUPDR, 2 * 7, 3, 1);
    tk_console_speed(TK_BAUD);
}

void tk_console_speed(uint32_t baud)
{
    if (USART_CR1 & UE)
        wait_for(&USART_ISR, TC);
    USART_CR1 = 0; /* the baud rate is written while the USART is off, section 31.8.4 */
    USART_BRR = (TK_CLOCK_HZ / 2 + baud / 2) / baud;
    USART_CR1 = UE | RE | TE;
}

static void counter_init(void)
{
    DEMCR |= TRCENA;
    DWT_LAR = 0xC5ACCE55; /* the Cortex-M7 locks its DWT */
    DWT_CYCCNT = 0;
    DWT_CTRL |= 1u;
    SYST_RVR = 0x00FFFFFF; /* every 78 ms: often enough to see the 32-bit counter wrap */
    SYST_CSR = 7u;
}

void tk_board_init(void)
{
    clock_init();
    caches_on();
    console_init();
    counter_init();
}

int tk_console_getc(void)
{
    const uint32_t status = USART_ISR;

    if (status & ORE)
        USART_ICR = ORE;
    return status & RXNE ? (int)(USART_RDR & 0xFFu) : -1;
}

void tk_console_write(const uint8_t *data, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++) {
        wait_for(&USART_ISR, TXE);
        USART_TDR = data[i];
    }
}

uint64_t tk_counter(void)
{
    const uint32_t before = tk_interrupts_off();
    const uint32_t now = DWT_CYCCNT;
    uint64_t count;

    if (now < cycles_last)
        cycles_high++;
    cycles_last = now;
    count = (uint64_t)cycles_high << 32 | now;
    tk_interrupts_back(before);
    return count;
}

void tk_systick(void)
{
    (void)tk_counter();
}

uint32_t tk_counter_scale(void)
{
    return 1000;
}

const char *tk_counter_unit(void)
{
    return "cycles";
}
