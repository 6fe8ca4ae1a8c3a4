/* SPDX-License-Identifier: 0BSD
 * STM32F4 from a crystal or clock of TK_HSE_HZ; the manifest says how fast. Registers are those of the reference
 * manual RM0090 (F405/F407), chapters RCC, PWR and FLASH; the F412's, RM0402, have the same places. */
#include "tk_board.h"

#include "tk_cortexm.h"
#include "tk_stm32.h"

/* RCC */
#define RCC_CR TK_REG(0x40023800)
#define RCC_PLLCFGR TK_REG(0x40023804)
#define RCC_CFGR TK_REG(0x40023808)
#define RCC_APB1ENR TK_REG(0x40023840)
#define HSEON (1u << 16)
#define HSERDY (1u << 17)
#define HSEBYP (1u << 18)
#define PLLON (1u << 24)
#define PLLRDY (1u << 25)
#define PLLSRC_HSE (1u << 22)
#define PLL_KEPT (15u << 28) /* reserved; on the F412 the divider R, where 0 is wrong */
#define PWREN (1u << 28)

/* PWR */
#define PWR_CR TK_REG(0x40007000)
#define PWR_CSR TK_REG(0x40007004)
#define VOSRDY (1u << 14)

/* FLASH */
#define FLASH_ACR TK_REG(0x40023C00)
#define PRFTEN (1u << 8)
#define ICEN (1u << 9)
#define DCEN (1u << 10)

void tk_clock_init(void)
{
    RCC_APB1ENR |= PWREN;
    PWR_CR |= TK_PWR_VOS; /* the regulator's scale for full speed, bits VOS */
    RCC_CR |= HSEON | (TK_HSE_BYPASS ? HSEBYP : 0);
    tk_wait_for(&RCC_CR, HSERDY);

    /* HSE / M = 1 MHz, x N, / 2 is the system clock; Q divides for what needs 48 MHz or less. */
    RCC_PLLCFGR = (RCC_PLLCFGR & PLL_KEPT) | (TK_HSE_HZ / 1000000u) | (TK_PLL_N << 6) | (0u << 16) | PLLSRC_HSE | (TK_PLL_Q << 24);
    RCC_CR |= PLLON;
    tk_wait_for(&PWR_CSR, VOSRDY);
    tk_wait_for(&RCC_CR, PLLRDY);

    FLASH_ACR = PRFTEN | ICEN | DCEN | TK_FLASH_WAIT;
    while ((FLASH_ACR & 15u) != TK_FLASH_WAIT) {
    }
    RCC_CFGR = (TK_PPRE1 << 10) | (TK_PPRE2 << 13);
    RCC_CFGR |= 2u;
    while (((RCC_CFGR >> 2) & 3u) != 2u) {
    }
}
