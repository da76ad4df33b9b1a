import ScytheLinux
import ScytheReclaim
import Synchronization

/// How far those have come who release one memory together by the extension: the first one from the bottom up, its helpers
/// from the top down, each on a part of its own, until they meet.
struct AddressFrontier: ~Copyable {
  /// Everything below is released; the highest address of all when the first one needs no help any more.
  let low = Atomic<UInt64>(0)
  /// Helpers have taken everything from here on.
  let high = Atomic<UInt64>(.max)

  /// Takes the last part that is free.
  ///
  /// - Returns: where it is; `nil` if none is left.
  borrowing func takePart(of split: borrowing AddressSplit) -> AdviceSpan? {
    while true {
      let high = high.load(ordering: .sequentiallyConsistent)
      let low = low.load(ordering: .sequentiallyConsistent)
      guard let cut = split.lastPart(above: low, below: high) else { return nil }
      let isTaken = self.high.compareExchange(expected: high, desired: cut, ordering: .sequentiallyConsistent).exchanged
      if isTaken { return AdviceSpan(from: cut, to: min(high, split.end)) }
    }
  }
}

// The release by Scythe's kernel extension, which spares what an exit reads of robust mutexes: nobody has to look first.
extension Executor {
  /// Releases the victim, if the extension does.
  ///
  /// - Returns: whether that is all; otherwise the result is as if nothing had been tried.
  mutating func releaseByExtension(_ found: MadviseExtension) -> Bool {
    processor.store(Scheduling.currentProcessor, ordering: .relaxed)
    if job.partBytes > 0 {
      phase.store(.splitting, ordering: .releasing)
      unsafe events.pointee.signal()
    }
    result.carrier = .extension
    // The first of several that share the memory may have left it already, while another still has it.
    for row in job.firstRow..<job.victims.count where isMember(row) {
      do throws(Errno) {
        try releaseAll(of: row, found.releaseAdvice)
        result.release = .outcome(.released)
        result.after = remains(of: row)
        if result.after?.releasableBytes ?? 0 > 0 { releaseSpared(of: row) }
        break
      } catch {
        guard error == .noSuchProcess else {
          endSplit()
          result.release = .notTried
          result.carrier = nil
          return false
        }
        let isDead = (try? kernel.waitForExit(of: job.victims[row].process, timeoutMilliseconds: 0)) ?? false
        result.release = .outcome(isDead ? .goneAlready : .exitUnderWay)
      }
    }
    endSplit()
    result.releasedNanoseconds = kernel.nowNanoseconds
    return true
  }

  /// Releases parts from the top down, as long as one is free.
  mutating func helpByExtension(_ found: MadviseExtension) {
    defer { result.releasedNanoseconds = kernel.nowNanoseconds }
    let pid = job.victims[job.row].pid
    let split = try? AddressSplit(of: pid, partBytes: job.partBytes, kernel)
    result.lookedNanoseconds = kernel.nowNanoseconds
    guard let split else { return }
    while let part = job.victims[job.row].frontier.takePart(of: split) {
      result.calls += 1
      // The first one goes over everything in the end: what fails here fails there, and is told by that.
      let next = try? kernel.advise(found.releaseAdvice, span: part, of: job.victims[job.row].process)
      if next == nil { return }
    }
  }

  private func endSplit() {
    guard job.partBytes > 0 else { return }
    job.victims[job.row].frontier.low.store(.max, ordering: .sequentiallyConsistent)
    // What comes now needs no helpers before it says so.
    phase.store(.signalled, ordering: .releasing)
  }

  private mutating func releaseAll(of row: Int, _ advice: MemoryAdvice) throws(Errno) {
    if job.partBytes > 0, try releaseUpToHelpers(row, advice) { return }
    result.calls += 1
    _ = try kernel.advise(advice, span: AdviceSpan(), of: job.victims[row].process)
  }

  /// Releases from the bottom up, until all is released or in the hands of helpers.
  ///
  /// - Returns: whether all is released. If helpers have taken a part, everything has to be gone over once more: what they
  ///   have not come to yet is not waited for, but done together with them.
  private mutating func releaseUpToHelpers(_ row: Int, _ advice: MemoryAdvice) throws(Errno) -> Bool {
    var low: UInt64 = 0
    while true {
      let high = job.victims[job.row].frontier.high.load(ordering: .sequentiallyConsistent)
      guard low < high else { break }
      result.calls += 1
      let span = AdviceSpan(from: low, to: high == .max ? nil : high, budgetBytes: job.partBytes)
      guard let next = try kernel.advise(advice, span: span, of: job.victims[row].process) else { break }
      guard next > low else { throw .badMessage }
      low = next
      job.victims[job.row].frontier.low.store(low, ordering: .sequentiallyConsistent)
    }
    job.victims[job.row].frontier.low.store(.max, ordering: .sequentiallyConsistent)
    return job.victims[job.row].frontier.high.load(ordering: .sequentiallyConsistent) == .max
  }

  /// Releases what was spared for robust mutexes, if no thread holds one: a page or two for each thread.
  private mutating func releaseSpared(of row: Int) {
    result.robust = robustState()
    result.lookedNanoseconds = kernel.nowNanoseconds
    guard result.robust == .clear else { return }
    result.calls += 1
    // Whatever it says, what is left is read again.
    try? kernel.releaseMemory(of: job.victims[row].process)
    result.after = remains(of: row)
  }
}
