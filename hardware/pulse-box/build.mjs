// Builds the firmware: node build.mjs [folder]   (default: .artifacts/pulse-box of the repository)
// Needs arm-none-eabi-gcc (Debian: gcc-arm-none-eabi). Writes pulse-box.elf, .bin (with the CRC of its boot stage) and .uf2.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const out = path.resolve(process.argv[2] ?? path.join(here, '../../.artifacts/pulse-box'));
const sources = ['boot2.S', 'start.c', 'main.c', 'line.c', 'uart.c', 'pulses.c'];
const FLASH = 0x10000000;

/** CRC-32 of the boot ROM (RP2040 datasheet 2.8.1.3.1): polynomial 04C11DB7h, start FFFFFFFFh, nothing reflected or inverted. */
export function bootCrc(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  }
  return crc >>> 0;
}

/** UF2 for family RP2040: blocks of 512 bytes with 256 of payload (github.com/microsoft/uf2). */
export function toUf2(bin) {
  const count = Math.ceil(bin.length / 256);
  const uf2 = Buffer.alloc(count * 512);
  for (let i = 0; i < count; i++) {
    [0x0a324655, 0x9e5d5157, 0x2000, FLASH + i * 256, 256, i, count, 0xe48bff56].forEach((word, at) => uf2.writeUInt32LE(word, i * 512 + at * 4));
    bin.copy(uf2, i * 512 + 32, i * 256, (i + 1) * 256);
    uf2.writeUInt32LE(0x0ab16f30, i * 512 + 508);
  }
  return uf2;
}

function build() {
  fs.mkdirSync(out, { recursive: true });
  const [elf, raw] = ['elf', 'raw'].map(end => path.join(out, `pulse-box.${end}`));
  execFileSync('arm-none-eabi-gcc', [
    '-mcpu=cortex-m0plus', '-mthumb', '-O2', '-std=c11', '-ffreestanding', '-nostdlib', '-fno-tree-loop-distribute-patterns', '-Wall', '-Wextra', '-Werror', '-Wconversion',
    '-Wl,--no-warn-rwx-segments', '-Wl,-T', path.join(here, 'firmware/link.ld'), ...sources.map(name => path.join(here, 'firmware', name)), '-lgcc', '-o', elf], { stdio: 'inherit' });
  execFileSync('arm-none-eabi-objcopy', ['-O', 'binary', elf, raw], { stdio: 'inherit' });
  const bin = fs.readFileSync(raw);
  fs.rmSync(raw);
  bin.writeUInt32LE(bootCrc(bin.subarray(0, 252)), 252);
  fs.writeFileSync(path.join(out, 'pulse-box.bin'), bin);
  fs.writeFileSync(path.join(out, 'pulse-box.uf2'), toUf2(bin));
  console.log(`${path.join(out, 'pulse-box.uf2')}: ${bin.length} bytes of program`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    build();
  } catch (failure) {
    console.error(failure.code === 'ENOENT' ? 'arm-none-eabi-gcc is missing; on Debian: apt-get install gcc-arm-none-eabi' : `The firmware was not built: ${failure.message}`);
    process.exit(1);
  }
}
