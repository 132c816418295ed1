/* Second stage: the boot ROM copies these 256 bytes to SRAM, checks their CRC (the build writes it) and calls them. They make the flash
   readable at 0x10000000 with the plain read command 03h, which the W25Q family and every compatible chip knows. */
    .syntax unified
    .cpu cortex-m0plus
    .thumb
    .section .boot2, "ax"
    .global boot2
    .thumb_func
boot2:
    push {lr}
    ldr r3, =0x18000000     /* XIP_SSI [4.10.13] */
    movs r1, #0
    str r1, [r3, #0x08]     /* SSIENR: off while it is set up */
    movs r1, #4
    str r1, [r3, #0x14]     /* BAUDR: 125 MHz / 4 = 31 MHz; 03h may have up to 50 MHz */
    ldr r1, =0x001f0300     /* CTRLR0: frames of 32 bits, EEPROM read */
    str r1, [r3, #0x00]
    ldr r1, =0x03000218     /* SPI_CTRLR0: command 03h of 8 bits, address of 24 bits, one lane */
    ldr r0, =0x180000f4
    str r1, [r0]
    movs r1, #0
    str r1, [r3, #0x04]     /* CTRLR1: one frame a read */
    movs r1, #1
    str r1, [r3, #0x08]
    pop {r0}
    cmp r0, #0              /* a program that calls boot2 gets back; the boot ROM passes 0 */
    beq start
    bx r0
start:
    ldr r0, =0x10000100     /* our first vectors */
    ldr r1, [r0]
    msr msp, r1
    ldr r1, [r0, #4]
    bx r1
    .ltorg
