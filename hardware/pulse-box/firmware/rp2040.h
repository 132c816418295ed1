/* Registers of the RP2040 that this firmware uses (RP2040 datasheet; section numbers in brackets). */
#ifndef RP2040_H
#define RP2040_H
#include <stdbool.h>
#include <stdint.h>

#define REG(address) (*(volatile uint32_t *)(address))
/* Every peripheral register has aliases that set or clear bits in one bus access [2.1.2]. */
#define SET(address) REG((address) + 0x2000u)
#define CLR(address) REG((address) + 0x3000u)

#define CLOCKS 0x40008000u    /* [2.15.7] */
#define RESETS 0x4000c000u    /* [2.14.3] */
#define IO_BANK0 0x40014000u  /* [2.19.6.1] */
#define PADS_BANK0 0x4001c000u /* [2.19.6.3] */
#define XOSC 0x40024000u      /* [2.16.7] */
#define PLL_SYS 0x40028000u   /* [2.18.4] */
#define UART0 0x40034000u     /* [4.2.8] */
#define TIMER 0x40054000u     /* [4.6.5] */
#define WATCHDOG 0x40058000u  /* [4.7.6] */
#define PIO0 0x50200000u      /* [3.7] */
#define PIO1 0x50300000u
#define SIO 0xd0000000u       /* [2.3.1.7] */

enum { IRQ_TIMER_0 = 0, IRQ_PIO0_0 = 7, IRQ_PIO1_0 = 9, IRQ_IO_BANK0 = 13, IRQ_UART0 = 20 };
#define NVIC_ISER 0xe000e100u
#define NVIC_IPR 0xe000e400u

enum { GPIO_FUNC_UART = 2, GPIO_FUNC_SIO = 5, GPIO_FUNC_PIO0 = 6, GPIO_FUNC_PIO1 = 7 };
#define GPIO_CTRL(pin) (IO_BANK0 + (pin) * 8u + 4u)
#define GPIO_OUTOVER_INVERT (1u << 8)
#define GPIO_INTR(pin) (IO_BANK0 + 0xf0u + ((pin) / 8u) * 4u)
#define GPIO_INTE(pin) (IO_BANK0 + 0x100u + ((pin) / 8u) * 4u)
#define GPIO_EDGES(pin) (0xcu << (((pin) % 8u) * 4u))
#define PAD(pin) (PADS_BANK0 + 4u + (pin) * 4u)
/* Input enable, 4 mA, Schmitt trigger; inputs with pull-down, so that an unplugged SEL is a steady 0. */
#define PAD_OUTPUT 0x52u
#define PAD_INPUT 0x56u

#define CLOCK_HERTZ 125000000u
#define CYCLES_PER_MICROSECOND 125u

static inline uint32_t microseconds(void) { return REG(TIMER + 0x28u); }

static inline uint32_t interrupts_off(void) {
    uint32_t before;
    __asm volatile("mrs %0, primask\n cpsid i" : "=r"(before)::"memory");
    return before;
}

static inline void interrupts_restore(uint32_t before) { __asm volatile("msr primask, %0" ::"r"(before) : "memory"); }

#endif
