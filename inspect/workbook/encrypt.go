package workbook

import (
	"crypto/cipher"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
)

// spins is how often a password is hashed before it closes a key. What closes the workbooks of packets
// is an unlock code of twenty random digits, 10^20 of them or 66 bits; the two that check them add
// nothing. Whoever hashes 10^10 times a second, as a good graphics card does by SHA-512, tries five million
// codes a second and has gone through half of them in 320,000 years; with a thousand such cards it takes
// 320 years, and a plan has to be kept for some weeks. Two thousand rounds cost the office less than a
// millisecond a file; the 100,000 of Excel, meant for passwords that people think up, would cost it fifty
// times that. The form that the same code opens is behind 600,000 rounds (seal), so whoever has both
// files tries his codes here. Programmes take any number from 0 to 10,000,000 (2.3.4.10).
const spins = 2_000

const passwordMax = 255 // UTF-16 units; Excel takes no longer ones

const agileKeyBytes, agileSaltSize = 32, 16

// agileVersion begins EncryptionInfo: version 4.4, and the flag that says agile (2.3.4.10).
const agileVersion = "\x04\x00\x04\x00\x40\x00\x00\x00"

const agileParameters = `saltSize="16" blockSize="16" keyBits="256" hashSize="64" cipherAlgorithm="AES" cipherChaining="ChainingModeCBC" hashAlgorithm="SHA512" saltValue="%s"`

const agileInfo = agileVersion + `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\r\n" +
	`<encryption xmlns="http://schemas.microsoft.com/office/2006/encryption" xmlns:p="http://schemas.microsoft.com/office/2006/keyEncryptor/password" xmlns:c="http://schemas.microsoft.com/office/2006/keyEncryptor/certificate">` +
	`<keyData ` + agileParameters + `/>` +
	`<dataIntegrity encryptedHmacKey="%s" encryptedHmacValue="%s"/>` +
	`<keyEncryptors><keyEncryptor uri="http://schemas.microsoft.com/office/2006/keyEncryptor/password">` +
	`<p:encryptedKey spinCount="%d" ` + agileParameters + ` encryptedVerifierHashInput="%s" encryptedVerifierHashValue="%s" encryptedKeyValue="%s"/>` +
	`</keyEncryptor></keyEncryptors></encryption>`

// encrypt closes a workbook with a password, by agile encryption with AES-256 and SHA-512. Two workbooks
// of one length stay so, and nothing of what is in them shows.
func encrypt(rand io.Reader, plain []byte, password string) ([]byte, error) {
	return encryptSpun(rand, plain, password, spins)
}

func encryptSpun(rand io.Reader, plain []byte, password string, spins int) ([]byte, error) {
	if n := len(utf16le(password)) / 2; n == 0 || n > passwordMax {
		return nil, fmt.Errorf("encrypt: a password of %d characters", n)
	}
	random := make([]byte, 3*agileSaltSize+agileKeyBytes+sha512.Size)
	if _, err := io.ReadFull(rand, random); err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	take := func(n int) (out []byte) {
		out, random = random[:n], random[n:]
		return out
	}
	data := agileCipher{sha512.New, agileKeyBytes, take(agileSaltSize)}
	own := agileCipher{sha512.New, agileKeyBytes, take(agileSaltSize)}
	verifier, key, macKey := take(agileSaltSize), take(agileKeyBytes), take(sha512.Size)

	box := make([]byte, 8+sectors(len(plain), 16)*16)
	binary.LittleEndian.PutUint64(box, uint64(len(plain)))
	copy(box[8:], plain)
	if err := data.segments(cipher.NewCBCEncrypter, key, box[8:]); err != nil {
		return nil, err
	}
	spun, expected := spin(sha512.New(), own.salt, password, spins), sha512.Sum512(verifier)
	text := base64.StdEncoding.EncodeToString
	shut := func(key, vector, in []byte) string {
		out, _ := crypt(cipher.NewCBCEncrypter, key, vector, in) // the key has its length
		return text(out)
	}
	info := fmt.Appendf(nil, agileInfo, text(data.salt),
		shut(key, data.vector(forHMACKey), macKey), shut(key, data.vector(forHMACValue), data.mac(macKey, box)),
		spins, text(own.salt), shut(own.key(spun, forVerifier), own.salt, verifier),
		shut(own.key(spun, forExpected), own.salt, expected[:]), shut(own.key(spun, forKey), own.salt, key))
	return writeCompound(dataSpaces, node{name: "EncryptionInfo", data: info}, node{name: "EncryptedPackage", data: box}), nil
}

// dataSpaces says that the package is encrypted and how to find out with what ([MS-OFFCRYPTO] 2.1). It is
// the same in every file; the numbers are lengths, counts and versions, as 2.1.5–2.1.9 and 2.3.4.3 order them.
var dataSpaces = node{name: "\x06DataSpaces", children: []node{
	{name: "Version", data: lengthed("Microsoft.Container.DataSpaces", 1, 1, 1)},
	{name: "DataSpaceMap", data: lengthed(8, 1, 104, 1, 0, "EncryptedPackage", "StrongEncryptionDataSpace")},
	{name: "DataSpaceInfo", children: []node{
		{name: "StrongEncryptionDataSpace", data: lengthed(8, 1, "StrongEncryptionTransform")},
	}},
	{name: "TransformInfo", children: []node{{name: "StrongEncryptionTransform", children: []node{
		{name: "\x06Primary", data: lengthed(88, 1, "{FF9A3F03-56EF-4613-BDD5-5A41C1D07246}", "Microsoft.Container.EncryptionTransform",
			1, 1, 1, 0, 0, 0, 4)}, // in agile encryption the last four tell nothing
	}}}},
}}

// lengthed writes numbers of 32 bits, and texts as UNICODE-LP-P4 (2.1.2): behind their length, and filled
// up to a multiple of four bytes.
func lengthed(parts ...any) (out []byte) {
	for _, p := range parts {
		switch p := p.(type) {
		case int:
			out = binary.LittleEndian.AppendUint32(out, uint32(p))
		case string:
			text := utf16le(p)
			out = binary.LittleEndian.AppendUint32(out, uint32(len(text)))
			out = append(append(out, text...), make([]byte, -len(text)&3)...)
		}
	}
	return out
}
