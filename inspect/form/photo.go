package form

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	_ "image/jpeg" // their headers alone are read, never their pixels
	_ "image/png"
	"slices"

	"zhicha/inspect"
)

// Bounds on an image. The largest sensors of telephones have 200 million pixels, 16,320 to a side;
// what claims more would fill the memory of whoever opens it.
const (
	maxSide   = 20_000
	maxPixels = 256_000_000
)

// photos keeps the photos whose bytes are those the phone saw and are an image and nothing else.
// Their bytes follow one another in rest.
func (r *reader) photos(list []Photo, rest []byte, enc *Enclosed) {
	if len(list) > maxPhotos {
		r.reject("photos", "form.too-many", "N", len(list), "Max", maxPhotos)
		return
	}
	for i := range list {
		p := &list[i]
		field := fmt.Sprintf("photos[%d]", i)
		if p.Size < 0 || p.Size > len(rest) {
			r.reject(field, "form.photo-cut", "Visit", p.Visit, "Bytes", p.Size, "Left", len(rest))
			return
		}
		p.Data, rest = rest[:p.Size:p.Size], rest[p.Size:]
		rep := r.report(p.Visit)
		width, height := pixels(p.Data)
		switch {
		case len(p.Data) == 0 || len(p.Data) > maxPhoto:
			r.reject(field, "form.photo-size", "Visit", p.Visit, "Bytes", len(p.Data), "Max", maxPhoto)
		case inspect.DigestOf(p.Data) != p.SHA256:
			r.reject(field, "form.photo-digest", "Visit", p.Visit, "Digest", p.SHA256.Fingerprint())
		case !isImage(p.Data):
			r.reject(field, "form.photo-not", "Visit", p.Visit, "Digest", p.SHA256.Fingerprint())
		case alsoElse(p.Data) != "":
			r.reject(field, "form.photo-polyglot", "Visit", p.Visit, "Digest", p.SHA256.Fingerprint(), "Kind", alsoElse(p.Data))
		case max(width, height) > maxSide || width*height > maxPixels:
			r.reject(field, "form.photo-pixels", "Visit", p.Visit, "Digest", p.SHA256.Fingerprint(), "Width", width, "Height", height)
		case rep != nil && (p.Observation < 0 || p.Observation >= len(rep.Observations)):
			r.reject(field, "form.photo-nowhere", "Visit", p.Visit, "Digest", p.SHA256.Fingerprint())
		default:
			enc.Photos = append(enc.Photos, *p)
			r.ret.Photos = append(r.ret.Photos, inspect.Photo{Visit: p.Visit, SHA256: p.SHA256, At: p.At, Field: field})
		}
	}
	if len(rest) > 0 {
		r.reject("photos", "form.photo-rest", "Bytes", len(rest))
	}
}

// isImage tells by content whether it is one of the kinds of image that telephones make.
func isImage(b []byte) bool {
	within := func(from int, sign ...string) bool {
		return slices.ContainsFunc(sign, func(s string) bool { return len(b) >= from+len(s) && string(b[from:from+len(s)]) == s })
	}
	return within(0, "\xff\xd8\xff", "\x89PNG\r\n\x1a\n") || within(0, "RIFF") && within(8, "WEBP") ||
		within(4, "ftyp") && within(8, "heic", "heix", "hevc", "mif1", "msf1", "avif")
}

// alsoElse names what an image is besides, for programmes that look elsewhere in it: a file that is
// two things at once was made so. A film behind the picture is what telephones put there.
func alsoElse(b []byte) string {
	head, tail := bytes.ToLower(b[:min(len(b), 4096)]), b[max(0, len(b)-66_000):]
	switch {
	case bytes.Contains(b[:min(len(b), 1024)], []byte("%PDF-")):
		return "PDF"
	case bytes.Contains(tail, []byte("PK\x05\x06")) && bytes.Contains(b, []byte("PK\x03\x04")):
		return "ZIP"
	}
	tail = bytes.ToLower(tail)
	for _, tag := range []string{"<script", "<html", "<?php", "<!doctype", "<iframe"} {
		if bytes.Contains(head, []byte(tag)) || bytes.Contains(tail, []byte(tag)) {
			return "HTML"
		}
	}
	return ""
}

// pixels reads an image's size from its header; 0 where the header does not say. Images that are
// stored in parts, as HEIC is, say it several times, and the largest counts.
func pixels(b []byte) (width, height int) {
	if c, _, err := image.DecodeConfig(bytes.NewReader(b)); err == nil {
		return c.Width, c.Height
	}
	switch {
	case len(b) > 12 && string(b[4:8]) == "ftyp":
		const box = 4 + 4 + 4 + 4 // its name, version and flags, width, height
		for rest := b[:min(len(b), 1<<20)]; ; {
			i := bytes.Index(rest, []byte("ispe"))
			if i < 0 || len(rest) < i+box {
				return width, height
			}
			width = max(width, int(binary.BigEndian.Uint32(rest[i+8:])))
			height = max(height, int(binary.BigEndian.Uint32(rest[i+12:])))
			rest = rest[i+box:]
		}
	case len(b) >= 30 && string(b[8:12]) == "WEBP":
		return webp(b)
	}
	return 0, 0
}

// webp reads the three kinds of WebP header (RFC 9649, section 2).
func webp(b []byte) (width, height int) {
	switch string(b[12:16]) {
	case "VP8X":
		uint24 := func(at int) int { return int(b[at]) | int(b[at+1])<<8 | int(b[at+2])<<16 }
		return uint24(24) + 1, uint24(27) + 1
	case "VP8L":
		bits := binary.LittleEndian.Uint32(b[21:])
		return int(bits&0x3fff) + 1, int(bits>>14&0x3fff) + 1
	case "VP8 ":
		return int(binary.LittleEndian.Uint16(b[26:]) & 0x3fff), int(binary.LittleEndian.Uint16(b[28:]) & 0x3fff)
	}
	return 0, 0
}
