/* Text lines with a checksum: reading words and numbers, building replies. */
#ifndef LINE_H
#define LINE_H
#include <stdbool.h>
#include <stdint.h>

enum { LINE_MAX = 120 };

/* CRC-16/CCITT-FALSE: polynomial 1021h, start FFFFh, most significant bit first. */
uint16_t line_crc(const char *text, uint32_t length);
/* Next word at *at, ended with 0; null at the end of the line. */
char *line_word(char **at);
bool line_equal(const char *a, const char *b);
/* A decimal number of 32 bits; false when the word is none. */
bool line_number(const char *word, uint32_t *value);

void reply_begin(uint32_t sequence);
void reply_text(const char *text);
void reply_number(const char *name, uint32_t value);
void reply_send(void);

#endif
