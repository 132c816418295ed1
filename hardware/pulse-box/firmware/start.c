/* From reset to main: copies the program to SRAM, clears its variables, runs on the crystal at 125 MHz. */
#include "pulses.h"
#include "rp2040.h"
#include "uart.h"

extern uint32_t _program[], _program_end[], _program_flash[], _bss[], _bss_end[], _stack[];
int main(void);
void timer_interrupt(void);

/* Outputs stop by themselves when nothing grants pulses any more, so standing still is safe. */
static void stand_still(void) {
    for (;;) {
    }
}

__attribute__((section(".vectors"), used, aligned(256))) static void *const vectors[16 + 26] = {
    [0] = _stack, [1] = stand_still, [2] = stand_still, [3] = stand_still,
    [16 + IRQ_TIMER_0] = timer_interrupt, [16 + IRQ_PIO0_0] = pio0_interrupt, [16 + IRQ_PIO1_0] = pio1_interrupt,
    [16 + IRQ_IO_BANK0] = sel_interrupt, [16 + IRQ_UART0] = uart_interrupt,
};

static void clocks_start(void) {
    REG(XOSC + 0x0cu) = 47;                     /* STARTUP: 1 ms in units of 256 cycles of 12 MHz */
    REG(XOSC) = 0xfabaa0u;                      /* CTRL: enable, 1 to 15 MHz */
    while (!(REG(XOSC + 4u) & (1u << 31))) {
    }
    REG(CLOCKS + 0x30u) = 2;                    /* CLK_REF from the crystal */
    while (REG(CLOCKS + 0x38u) != 4) {
    }
    CLR(CLOCKS + 0x3cu) = 1;                    /* CLK_SYS from CLK_REF while the PLL is set up */
    while (REG(CLOCKS + 0x44u) != 1) {
    }
    CLR(RESETS) = 1u << 12;                     /* PLL_SYS */
    while (!(REG(RESETS + 8u) & (1u << 12))) {
    }
    REG(PLL_SYS) = 1;                           /* REFDIV 1 */
    REG(PLL_SYS + 8u) = 125;                    /* VCO 1500 MHz */
    CLR(PLL_SYS + 4u) = 0x21u;                  /* PD, VCOPD */
    while (!(REG(PLL_SYS) & (1u << 31))) {
    }
    REG(PLL_SYS + 0xcu) = (6u << 16) | (2u << 12);
    CLR(PLL_SYS + 4u) = 8u;                     /* POSTDIVPD */
    REG(CLOCKS + 0x3cu) = 0;                    /* aux source PLL_SYS ... */
    REG(CLOCKS + 0x3cu) = 1;                    /* ... then CLK_SYS from aux */
    while (REG(CLOCKS + 0x44u) != 2) {
    }
    REG(CLOCKS + 0x48u) = 1u << 11;             /* CLK_PERI from CLK_SYS */
    REG(WATCHDOG + 0x2cu) = (1u << 9) | 12;     /* the tick that makes TIMER count microseconds */
}

__attribute__((section(".start"), noreturn, used)) static void reset(void) {
    uint32_t *from = _program_flash;
    for (uint32_t *to = _program; to < _program_end;) {
        *to++ = *from++;
    }
    for (uint32_t *to = _bss; to < _bss_end;) {
        *to++ = 0;
    }
    REG(0xe000ed08u) = (uint32_t)vectors;       /* VTOR */
    /* Called through pointers: SRAM is further away than a branch reaches. */
    void (*volatile clocks)(void) = clocks_start;
    clocks();
    int (*volatile run)(void) = main;
    run();
    for (;;) {
    }
}

__attribute__((section(".first_vectors"), used)) static void *const first_vectors[2] = {_stack, (void *)reset};
