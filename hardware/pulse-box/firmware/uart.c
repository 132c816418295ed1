/* UART0 on GPIO 0 (TX) and 1 (RX), 115200 8N1. Reception by interrupt; sending waits, because pulses are granted by interrupts. */
#include "uart.h"
#include "rp2040.h"

enum { DR = 0x00, FR = 0x18, IBRD = 0x24, FBRD = 0x28, LCR_H = 0x2c, CR = 0x30, IMSC = 0x38, ICR = 0x44 };
enum { FR_RXFE = 1 << 4, FR_TXFF = 1 << 5, RX_AND_TIMEOUT = (1 << 4) | (1 << 6) };

static volatile uint8_t ring[256];
static volatile uint8_t head;
static uint8_t tail;
static volatile uint32_t errors;

void uart_start(void) {
    REG(GPIO_CTRL(0)) = GPIO_FUNC_UART;
    REG(GPIO_CTRL(1)) = GPIO_FUNC_UART;
    REG(PAD(0)) = PAD_OUTPUT;
    REG(PAD(1)) = 0x5au;                        /* pull-up: an unplugged line is idle, not a break */
    REG(UART0 + IBRD) = 67;                     /* 125 MHz / (16 * (67 + 52/64)) = 115207 baud */
    REG(UART0 + FBRD) = 52;
    REG(UART0 + LCR_H) = 0x70;                  /* 8 bits, FIFOs */
    REG(UART0 + IMSC) = RX_AND_TIMEOUT;         /* half a FIFO, or the line falls idle */
    REG(UART0 + CR) = 0x301;
}

void uart_interrupt(void) {
    REG(UART0 + ICR) = RX_AND_TIMEOUT;
    while (!(REG(UART0 + FR) & FR_RXFE)) {
        uint32_t data = REG(UART0 + DR);
        if (data & 0xf00u) {
            errors++;
        }
        if ((uint8_t)(head + 1) == tail) {
            errors++;
        } else {
            ring[head] = (uint8_t)data;
            head++;
        }
    }
}

int uart_read(void) {
    if (head == tail) {
        return -1;
    }
    return ring[tail++];
}

void uart_write(const char *text) {
    while (*text) {
        while (REG(UART0 + FR) & FR_TXFF) {
        }
        REG(UART0 + DR) = (uint8_t)*text++;
    }
}

uint32_t uart_errors(void) { return errors; }
