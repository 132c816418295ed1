#ifndef UART_H
#define UART_H
#include <stdbool.h>
#include <stdint.h>

void uart_start(void);
void uart_interrupt(void);
/* Next byte received, -1 when there is none. */
int uart_read(void);
void uart_write(const char *text);
/* Bytes lost or damaged on the wire since power-up. */
uint32_t uart_errors(void);

#endif
