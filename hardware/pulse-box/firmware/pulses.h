/* The pulse engine: two plugs of three channels. Times are cycles of 125 MHz. */
#ifndef PULSES_H
#define PULSES_H
#include <stdbool.h>
#include <stdint.h>

enum { PLUGS = 2, CHANNELS = 3 };
enum { CF, CF1_VOLTAGE, CF1_CURRENT };
enum fault { FAULT_NONE, FAULT_DROP, FAULT_DOUBLE };

/* Low and high part of a period must each leave an interrupt the time to grant the next pulse. */
#define PART_MIN 1250u         /* 10 us */
#define PERIOD_MIN 12500u      /* 10 kHz */
#define PERIOD_MAX 0x7fffffffu /* 17.18 s; a dropped pulse doubles it and still fits 32 bits */

struct channel {
    uint32_t period, width;             /* 0, 0: stopped */
    uint32_t emitted, dropped, doubled; /* since power-up */
    enum fault fault;
    uint32_t every, left, times;        /* times 0: until told otherwise */
    uint32_t rest;                      /* low part after the second pulse of a doubled one */
};

struct plug {
    bool follow;                        /* CF1 follows SEL; else CF1-V and CF1-I have a pin each */
    bool voltage_level;                 /* level of SEL that asks for voltage */
    bool inverted;                      /* pulses are low */
    uint32_t phase;                     /* percent of a period before the first pulse after a start or a change of SEL */
    bool voltage;                       /* what SEL asks for now */
    uint32_t sel_changes;
    struct channel channels[CHANNELS];
};

extern struct plug plugs[PLUGS];

void pulses_start(void);
void pulses_configure(int plug, bool follow, bool voltage_level, bool inverted, uint32_t phase);
void pulses_set(int plug, int channel, uint32_t period, uint32_t width);
void pulses_fault(int plug, int channel, enum fault fault, uint32_t every, uint32_t times);
void pulses_silence(void);
bool pulses_any(void);
/* Grants that came too late, so that a low part was stretched; 0 unless an interrupt took too long. */
uint32_t pulses_late(void);
void pio0_interrupt(void);
void pio1_interrupt(void);
void sel_interrupt(void);

#endif
