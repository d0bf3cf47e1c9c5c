//! A small gzip member (RFC 1952) that decodes to a large JSON text.
//!
//! One compressed mebibyte of spaces is repeated, which a full flush makes legal: building the
//! bomb takes milliseconds, where compressing hundreds of MiB would take seconds.

use bytes::Bytes;
use flate2::{Compress, Compression, Crc, FlushCompress};

const MEBIBYTE: usize = 1024 * 1024;
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
const OPEN: &[u8] = b"{\"padding\":\"";
const CLOSE: &[u8] = b"\"}";

/// Returns the compressed `{"padding":"…"}` with that many MiB of spaces inside the string.
pub(super) fn json(mebibytes: usize) -> Bytes {
    let spaces = vec![b' '; MEBIBYTE];
    let mut compress = Compress::new(Compression::best(), false);
    let open = part(&mut compress, OPEN, FlushCompress::Full);
    let block = part(&mut compress, &spaces, FlushCompress::Full);
    let close = part(&mut compress, CLOSE, FlushCompress::Finish);

    let mut checksum = checksum_of(OPEN);
    let of_block = checksum_of(&spaces);
    let mut bomb = HEADER.to_vec();
    bomb.extend(open);
    for _ in 0..mebibytes {
        bomb.extend(&block);
        checksum.combine(&of_block);
    }
    bomb.extend(close);
    checksum.combine(&checksum_of(CLOSE));
    bomb.extend(checksum.sum().to_le_bytes());
    bomb.extend(checksum.amount().to_le_bytes());
    bomb.into()
}

fn part(compress: &mut Compress, input: &[u8], flush: FlushCompress) -> Vec<u8> {
    // Room for a whole block and the flush marker: the call then never stops half-way.
    let mut output = Vec::with_capacity(MEBIBYTE / 2);
    // With room and a valid state there is no error to return; the test decodes the result.
    let _ = compress.compress_vec(input, &mut output, flush);
    output
}

fn checksum_of(bytes: &[u8]) -> Crc {
    let mut checksum = Crc::new();
    checksum.update(bytes);
    checksum
}
