;; Puts together what xtask/src/spell.rs took apart: instructions, and their operands in sequences of their own.
;; The ninth of these is of functions' numbers, the tenth of addresses, both told by how far they are from one before.
;; In wasm, since it runs once a page, before a browser has compiled any JavaScript: there it took 15 ms, here 3.
;;
;; Memory: the text at 0, its numbers at 0x040000, where each sequence begins at 0x140000, where each symbol is described at
;; 0x150000, the function at hand at 0x160000, the file from 0x1a0000 on.
(module
  (memory (export "m") 34)
  (func $byte (param $at i32) (param $value i32) (result i32)
    (i32.store8 (local.get $at) (local.get $value))
    (i32.add (local.get $at) (i32.const 1)))
  ;; Numbers that are bytes, from one place up to another; returns where the next one goes.
  (func $bytes (param $from i32) (param $end i32) (param $to i32) (result i32)
    (loop $next
      (if (i32.lt_u (local.get $from) (local.get $end)) (then
        (local.set $to (call $byte (local.get $to) (i32.load (local.get $from))))
        (local.set $from (i32.add (local.get $from) (i32.const 4)))
        (br $next))))
    (local.get $to))
  ;; Seven bits a byte; with `less`, the groups are one less than what they count.
  (func $leb (param $number i32) (param $less i32) (param $to i32) (result i32)
    (loop $next
      (if (i32.gt_u (local.get $number) (i32.const 127)) (then
        (local.set $to (call $byte (local.get $to) (i32.or (local.get $number) (i32.const 128))))
        (local.set $number (i32.sub (i32.shr_u (local.get $number) (i32.const 7)) (local.get $less)))
        (br $next))))
    (call $byte (local.get $to) (local.get $number)))
  ;; The length of the text that was put into memory; returns that of the file.
  (func (export "f") (param $text i32) (result i32)
    (local $at i32) (local $letter i32) (local $high i32) (local $count i32) (local $place i32)
    (local $last i32) (local $end i32) (local $body i32) (local $kind i32) (local $sequence i32)
    ;; A number is a letter of 64, after letters of 28 more for what exceeds that; a tilde parts the sequences.
    (local.set $count (i32.const 0x040000))
    (local.set $place (i32.const 0x140004))
    (i32.store (i32.const 0x140000) (local.get $count))
    (loop $next
      (local.set $letter (i32.load8_u (local.get $at)))
      (local.set $letter (i32.sub (i32.sub (i32.sub (i32.const 125) (local.get $letter))
        (i32.lt_u (local.get $letter) (i32.const 92))) (i32.lt_u (local.get $letter) (i32.const 34))))
      (if (i32.gt_u (local.get $letter) (i32.const 91))
        (then
          (i32.store (local.get $place) (local.get $count))
          (local.set $place (i32.add (local.get $place) (i32.const 4))))
        (else (if (i32.lt_u (local.get $letter) (i32.const 64))
          (then
            (i32.store (local.get $count) (i32.add (i32.shl (local.get $high) (i32.const 6)) (local.get $letter)))
            (local.set $count (i32.add (local.get $count) (i32.const 4)))
            (local.set $high (i32.const 0)))
          (else
            (local.set $high (i32.add (i32.mul (local.get $high) (i32.const 28)) (i32.sub (local.get $letter) (i32.const 63))))))))
      (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (local.get $text))))
    ;; A symbol is described by the sequence of its operand, the number of its bytes, and these; 16 more and it goes on.
    (local.set $at (i32.load (i32.const 0x140008)))
    (local.set $place (i32.const 0x150000))
    (loop $next
      (if (i32.lt_u (local.get $kind) (i32.const 16)) (then
        (i32.store (local.get $place) (local.get $at))
        (local.set $place (i32.add (local.get $place) (i32.const 4)))))
      (local.set $kind (i32.load (local.get $at)))
      (local.set $at (i32.add (i32.add (local.get $at) (i32.const 8)) (i32.shl (i32.load offset=4 (local.get $at)) (i32.const 2))))
      (br_if $next (i32.lt_u (local.get $at) (i32.load (i32.const 0x14000c)))))
    (local.set $end (call $bytes (i32.load (i32.const 0x140000)) (i32.load (i32.const 0x140004)) (i32.const 0x1a0000)))
    (local.set $last (i32.load (i32.const 0x140010)))
    (local.set $body (i32.const 0x160000))
    (loop $next
      (local.set $place (i32.load offset=0x150000 (i32.shl (i32.load (local.get $at)) (i32.const 2))))
      (loop $part
        (local.set $kind (i32.load (local.get $place)))
        (local.set $count (i32.add (local.get $place) (i32.const 8)))
        (local.set $place (i32.add (local.get $count) (i32.shl (i32.load offset=4 (local.get $place)) (i32.const 2))))
        (local.set $body (call $bytes (local.get $count) (local.get $place) (local.get $body)))
        (if (local.tee $sequence (i32.shl (i32.and (local.get $kind) (i32.const 15)) (i32.const 2))) (then
          (local.set $count (i32.load offset=0x14000c (local.get $sequence)))
          (i32.store offset=0x14000c (local.get $sequence) (i32.add (local.get $count) (i32.const 4)))
          (local.set $letter (i32.load (local.get $count)))
          (if (i32.gt_u (local.get $sequence) (i32.const 35)) (then
            ;; Where it is told from takes the place of what was told.
            (local.set $high (i32.load offset=4 (local.get $count)))
            (if (i32.eq (local.get $sequence) (i32.const 40))
              (then
                (local.set $letter (i32.add (local.get $letter)
                  (i32.xor (i32.shr_u (local.get $high) (i32.const 1)) (i32.sub (i32.const 0) (i32.and (local.get $high) (i32.const 1))))))
                (i32.store offset=4 (local.get $count) (local.get $letter)))
              (else
                (i32.store offset=4 (local.get $count)
                  (local.tee $letter (i32.add (local.get $letter) (i32.eqz (local.get $high)))))
                (if (local.get $high) (then
                  (local.set $letter (select (local.get $high)
                    (i32.sub (i32.add (local.get $letter) (i32.const 31)) (local.get $high))
                    (i32.lt_u (local.get $high) (i32.const 31))))))))))
          (local.set $body (call $leb (local.get $letter) (i32.ne (local.get $sequence) (i32.const 36)) (local.get $body)))))
        (br_if $part (i32.gt_u (local.get $kind) (i32.const 15))))
      (if (i32.eqz (i32.load (local.get $at))) (then
        ;; A function ends, which its size goes before.
        (local.set $body (i32.sub (local.get $body) (i32.const 0x160000)))
        (local.set $end (call $leb (local.get $body) (i32.const 0) (local.get $end)))
        (memory.copy (local.get $end) (i32.const 0x160000) (local.get $body))
        (local.set $end (i32.add (local.get $end) (local.get $body)))
        (local.set $body (i32.const 0x160000))))
      (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 4))) (local.get $last))))
    ;; The data: a number of one letter is that letter, another one 64 more than the byte.
    (local.set $at (i32.load (i32.const 0x140004)))
    (loop $next
      (if (i32.lt_u (local.get $at) (i32.load (i32.const 0x140008))) (then
        (local.set $letter (i32.load (local.get $at)))
        (local.set $end (call $byte (local.get $end) (select
          (i32.sub (i32.sub (i32.const 125) (local.get $letter)) (i32.gt_u (local.get $letter) (i32.const 32)))
          (i32.sub (local.get $letter) (i32.const 64))
          (i32.lt_u (local.get $letter) (i32.const 64)))))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (br $next))))
    (i32.sub (local.get $end) (i32.const 0x1a0000))))
