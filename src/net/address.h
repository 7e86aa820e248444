/*
 * Network addresses: 16 octets, IPv4 as ::ffff:a.b.c.d, and a port beside it.
 */
#ifndef TAYORI_NET_ADDRESS_H
#define TAYORI_NET_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "src/base/str.h"

/* Room for the longest text of an address, its NUL included. */
enum {
	NET_ADDRESS_TEXT = 48
};

/* "192.0.2.1" or "2001:db8::1" to octets. False: neither. */
bool net_address_parse(struct str s, uint8_t address_r[16]);

/* The way back; an IPv4-mapped address in dots. */
void net_address_format(const uint8_t address[16], char text_r[NET_ADDRESS_TEXT]);

/* True for ::ffff:a.b.c.d. */
bool net_address_is_v4(const uint8_t address[16]);

/* True for 127.0.0.0/8 and ::1. */
bool net_address_is_loopback(const uint8_t address[16]);

/* True for addresses that no public DNS knows: loopback, private (RFC 1918, RFC 4193), link-local,
 * unspecified. */
bool net_address_is_private(const uint8_t address[16]);

/* Octets and port out of a socket address; zeros for families other than IPv4 and IPv6. */
void net_address_from_sockaddr(const struct sockaddr_storage *sa, uint8_t address_r[16],
                               uint16_t *port_r);

/* A socket address of the fitting family; its length. */
socklen_t net_address_to_sockaddr(const uint8_t address[16], uint16_t port,
                                  struct sockaddr_storage *sa_r);

#endif
