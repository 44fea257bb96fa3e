/* sim/capture.c — IPv4 and TCP headers around what the server sent. */
#include "sim/capture.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/wr.h"

#define HEAD_OCTETS 40u /* IPv4 and TCP without options */
#define PIECE_OCTETS_MAX 32000u
#define LINK_TYPE_RAW 101u
#define PORTS 60000u
#define SERVER_ADDRESS 0xc0000201u  /* 192.0.2.1 */
#define MEMBERS_ADDRESS 0xc6120000u /* 198.18.0.0 */

/* The file's numbers are as the machine has them: the reader tells by the first. */
static void put_u32(struct capture *capture, uint32_t value)
{
	CHECK(fwrite(&value, sizeof value, 1, capture->file) == 1);
}

void capture_begin(struct capture *capture, const char *path)
{
	capture->file = fopen(path, "wbe");
	if (capture->file == NULL) {
		perror(path);
		exit(1);
	}
	put_u32(capture, 0xa1b2c3d4u);
	put_u32(capture, 4u << 16 | 2u);
	put_u32(capture, 0);
	put_u32(capture, 0);
	put_u32(capture, HEAD_OCTETS + PIECE_OCTETS_MAX);
	put_u32(capture, LINK_TYPE_RAW);
}

static void head_write(struct wr *wr, uint32_t stream, uint64_t sent_before, uint32_t len_octets)
{
	wr_u8(wr, 0x45);
	wr_u8(wr, 0);
	wr_u16(wr, HEAD_OCTETS + len_octets);
	wr_u32(wr, 0);
	wr_u8(wr, 64);
	wr_u8(wr, 6);
	wr_u16(wr, 0);
	wr_u32(wr, SERVER_ADDRESS);
	wr_u32(wr, MEMBERS_ADDRESS + 1 + stream / PORTS);
	wr_u16(wr, 179);
	wr_u16(wr, 1024 + stream % PORTS);
	wr_u32(wr, (uint32_t)sent_before + 1);
	wr_u32(wr, 1);
	wr_u8(wr, 0x50);
	wr_u8(wr, 0x18); /* PSH, ACK */
	wr_u16(wr, 65535);
	wr_u32(wr, 0);
}

void capture_put(struct capture *capture, uint32_t stream, uint64_t sent_before,
		 struct octets octets, struct instant now)
{
	uint8_t head[HEAD_OCTETS];

	while (capture->file != NULL && octets.len_octets != 0) {
		uint32_t len = octets.len_octets < PIECE_OCTETS_MAX ? octets.len_octets :
								      PIECE_OCTETS_MAX;
		struct wr wr = wr_of(head, sizeof head);
		head_write(&wr, stream, sent_before, len);
		put_u32(capture, (uint32_t)(now.ns / NS_PER_S));
		put_u32(capture, (uint32_t)(now.ns % NS_PER_S / 1000));
		put_u32(capture, HEAD_OCTETS + len);
		put_u32(capture, HEAD_OCTETS + len);
		CHECK(wr_ok(&wr) && fwrite(head, 1, wr.pos, capture->file) == wr.pos);
		CHECK(fwrite(octets.at, 1, len, capture->file) == len);
		sent_before += len;
		octets = octets_of(octets.at + len, octets.len_octets - len);
	}
}
