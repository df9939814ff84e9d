package draw

import (
	"crypto/hkdf"
	"crypto/sha256"
	"strconv"

	"zhicha/inspect"
)

// Algorithm names the rules of this package. A change of any of them needs a new name.
const Algorithm = "zhicha/1"

// Secret is the 256-bit random number one party makes for one wave and keeps on its own device.
type Secret [32]byte

// Share is what a party contributes to the key of one stage. Revealing it reveals no other stage.
type Share [32]byte

// ShareOf derives a party's share for a stage:
//
//	HKDF-Expand(SHA-256, prk = secret, info = LP("zhicha/1 share", campaign, wave, party, stage), 32)
//
// wave is written in decimal without leading zeros; all parts are UTF-8.
func ShareOf(secret Secret, campaign string, wave int, party string, stage inspect.Stage) Share {
	info := inspect.LP(Algorithm+" share", campaign, strconv.Itoa(wave), party, string(stage))
	return Share(must(hkdf.Expand(sha256.New, secret[:], string(info), len(Share{}))))
}

// Commitment binds a party to a share without showing it:
//
//	SHA-256(LP("zhicha/1 commit", campaign, wave, party, stage, share))
//
// with the share as its 32 raw bytes.
func Commitment(share Share, campaign string, wave int, party string, stage inspect.Stage) inspect.Digest {
	return inspect.DigestOf(inspect.LP(Algorithm+" commit", campaign, strconv.Itoa(wave), party, string(stage), string(share[:])))
}

// StageKey joins the shares of all parties, in byte order of their ids, with the beacon:
//
//	HKDF(SHA-256, ikm = share₁ ‖ share₂ ‖ …, salt = SHA-256(beacon),
//	     info = LP("zhicha/1 stage", campaign, wave, stage, D), 32)
//
// The beacon is hashed as the UTF-8 text that was typed; D enters as its 32 raw bytes. Nobody
// who lacks a single share can tell the key from a random one.
func StageKey(shares []Share, beacon, campaign string, wave int, stage inspect.Stage, d inspect.Digest) inspect.Key {
	var ikm []byte
	for _, s := range shares {
		ikm = append(ikm, s[:]...)
	}
	salt := sha256.Sum256([]byte(beacon))
	info := inspect.LP(Algorithm+" stage", campaign, strconv.Itoa(wave), string(stage), string(d[:]))
	return inspect.Key(must(hkdf.Key(sha256.New, ikm, salt[:], string(info), len(inspect.Key{}))))
}

// must unwraps HKDF's result: it can fail only for lengths over 255 hashes, and ours are one.
func must(out []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return out
}
