;; Puts together what xtask/src/spell.rs took apart: instructions, and their operands in sequences of their own.
;; In wasm, since it runs once a page, before a browser has compiled any JavaScript: there it took 15 ms, here less than 1.
;; One function and one loop, as browsers first compile each function by itself, and naively.
;;
;; Memory: the text at 0; from 0x10000 on where each sequence is read next, four bytes each; symbols, downwards from 0x105f4;
;; the file from 0x105fc on, preceded by the size of what comes before its code, as if that were a function.
;; All but the text begins as zero, which as a symbol has a number of the first sequence written, again and again: thus the
;; places of the sequences and all symbols are written, up to the one that is none and says that the code is next.
(module
  (memory (export "m") 3)
  (func (export "f") (result i32)
    (local $to i32) (local $sequence i32) (local $at i32) (local $letter i32) (local $high i32) (local $number i32)
    (local $symbol i32) (local $start i32) (local $size i32) (local $wide i32) (local $called i32) (local $told i32)
    (local.set $to (i32.const 0x10004))
    (local.set $symbol (local.tee $start (i32.const 0x105fc)))
    (loop $next
      ;; A number is a letter of 64, after letters of 27 more for what exceeds that.
      (local.set $letter (i32.load8_u (local.tee $at (i32.load offset=0x10000 (local.get $sequence)))))
      (i32.store offset=0x10000 (local.get $sequence) (i32.add (local.get $at) (i32.const 1)))
      (if (i32.lt_u (local.get $letter) (i32.const 62)) (then
        (local.set $high (i32.add (i32.mul (local.get $high) (i32.const 27)) (i32.sub (i32.const 62) (local.get $letter))))
        (br $next)))
      (local.set $number (i32.add (i32.shl (local.get $high) (i32.const 6)) (i32.and
        (i32.sub (i32.sub (i32.const 125) (local.get $letter)) (i32.lt_u (local.get $letter) (i32.const 92))) (i32.const 63))))
      (local.set $high (i32.const 0))
      (if (i32.ne (local.get $sequence) (i32.const 4)) (then
        (if (i32.gt_u (local.get $sequence) (i32.const 32)) (then
          ;; A function: the one after the last called for the first time, one of those called most, or how far before.
          (if (i32.eq (local.get $sequence) (i32.const 36)) (then
            (if (i32.gt_u (i32.sub (local.get $number) (i32.const 1)) (i32.const 29)) (then
              (local.set $number (i32.sub
                (i32.add (local.get $called) (select (i32.const 31) (i32.const 1) (local.get $number)))
                (local.get $number)))))
            (if (i32.gt_u (local.get $number) (local.get $called)) (then
              (local.set $called (local.get $number))))))
          ;; An address: how far from the last one, odd if backwards.
          (if (i32.eq (local.get $sequence) (i32.const 40)) (then
            (local.set $number (local.tee $told (i32.add (local.get $told) (i32.xor
              (i32.shr_u (local.get $number) (i32.const 1))
              (i32.sub (i32.const 0) (i32.and (local.get $number) (i32.const 1)))))))))
          ;; A byte of data, whose letter is mostly itself; what is none ends it all.
          (if (i32.eq (local.get $sequence) (i32.const 44)) (then
            (if (i32.gt_u (local.get $number) (i32.const 511)) (then
              (return (i32.sub (local.get $to) (i32.const 0x105fe)))))
            (local.set $number (i32.sub (i32.sub (i32.const 125) (local.get $number)) (i32.gt_u (local.get $number) (i32.const 32))))))
          ;; A function ends, which its size goes before, and the next begins.
          (if (i32.eq (local.get $sequence) (i32.const 48)) (then
            (local.set $size (i32.sub (local.get $to) (local.get $start)))
            (local.set $wide (i32.gt_u (local.get $size) (i32.const 127)))
            (memory.copy (i32.add (local.get $wide) (i32.add (local.get $start) (i32.const 1))) (local.get $start) (local.get $size))
            (i32.store8 (local.get $start) (i32.or (local.get $size) (i32.shl (local.get $wide) (i32.const 7))))
            (if (local.get $wide) (then
              (i32.store8 offset=1 (local.get $start) (i32.shr_u (local.get $size) (i32.const 7)))))
            (local.set $start (local.tee $to (i32.add (local.get $wide) (i32.add (local.get $to) (i32.const 1)))))))))
        ;; Seven bits a byte; but for functions, the groups are one less than what they count.
        (loop $more
          (if (i32.gt_s (local.get $number) (i32.const 127)) (then
            (i32.store8 (local.get $to) (i32.or (local.get $number) (i32.const 128)))
            (local.set $to (i32.add (local.get $to) (i32.const 1)))
            (local.set $number (i32.sub (i32.shr_u (local.get $number) (i32.const 7)) (i32.lt_u (local.get $sequence) (i32.const 36))))
            (br $more))))
        (i32.store8 (local.get $to) (local.get $number))
        (local.set $to (i32.add (local.get $to) (i32.const 1)))
        (local.set $number (i32.sub (i32.load8_u offset=5 (local.get $symbol)) (i32.const 1)))))
      ;; A symbol: up to six bytes, or five and which symbol goes on; how many bytes, and the sequence of the operand.
      (i64.store (local.get $to) (i64.load
        (local.tee $symbol (i32.sub (i32.const 0x105ec) (i32.shl (local.get $number) (i32.const 3))))))
      (local.set $to (i32.add (local.get $to) (i32.load8_u offset=6 (local.get $symbol))))
      (local.set $sequence (i32.load8_u offset=7 (local.get $symbol)))
      (br $next))
    (unreachable)))
