import Foundation
import ScytheLinux
import ScytheTelemetry
import TestSupport
import Testing

private let places: UInt64 = 8
private let recordBytes = 512

/// A record with a number, as a page makes it.
private func sealed(_ number: UInt64) -> KillRecord {
  var record = record(number)
  record.seal(sequence: number)
  return record
}

/// Why a log is not opened for writing; `nil` if it is.
private func whyNotOpened(_ folder: TelemetryFolder) -> KillLogError? {
  do throws(KillLogError) {
    _ = try KillLog(in: folder.path, records: places)
    return nil
  } catch {
    return error
  }
}

/// Makes a log with the records of these numbers.
private func makeLog(_ folder: TelemetryFolder, _ numbers: ClosedRange<UInt64>) throws {
  var log = try KillLog(in: folder.path, records: places)
  for number in numbers { try log.append(sealed(number)) }
}

/// The numbers that a log has, ordered, and what else was found.
private func survey(
  _ folder: TelemetryFolder, _ name: String = "kills.log"
) throws -> (numbers: [UInt64], KillLogSurvey) {
  var numbers: [UInt64] = []
  let survey = try KillLog.forEachRecord(of: folder.path(of: name)) { record in
    #expect(record.pid.rawValue == Int32(record.sequence) && record.expectedBytes == record.sequence << 20)
    numbers.append(record.sequence)
  }
  return (numbers.sorted(), survey)
}

@Suite struct `A kill log` {
  @Test func `has what was stored, also when it is opened again`() throws {
    let folder = try TelemetryFolder(isOnDisk: true)
    try makeLog(folder, 1...3)
    #expect(try folder.read("kills.log").count == (Int(places) + 1) * recordBytes)
    var log = try KillLog(in: folder.path, records: places)
    let last = log.lastSequence
    #expect(last == 3)
    try log.append(sealed(4))
    let (numbers, survey) = try survey(folder)
    #expect(numbers == [1, 2, 3, 4] && survey.intact == 4 && survey.damaged == 0 && survey.missing == 0)
  }

  @Test func `goes round, and keeps the newest`() throws {
    let folder = try TelemetryFolder()
    try makeLog(folder, 1...21)
    #expect(try survey(folder).numbers == Array(14...21))
    let last = try KillLog(in: folder.path, records: places).lastSequence
    #expect(last == 21)
  }

  @Test func `takes no record twice, none that is older, and none that is none`() throws {
    let folder = try TelemetryFolder()
    var log = try KillLog(in: folder.path, records: places)
    for number in [2, 2, 1] as [UInt64] { try log.append(sealed(number)) }
    try log.append(record(9))
    #expect(try survey(folder).numbers == [2])
  }

  @Test func `is of the size that is promised when a daemon makes it, and zero behind its header`() throws {
    let folder = try TelemetryFolder()
    _ = try KillLog(in: folder.path)
    let bytes = try folder.read("kills.log")
    #expect(bytes.count == 4097 * recordBytes && bytes[recordBytes...].allSatisfy { $0 == 0 })
  }

  @Test(arguments: [0, 6] as [UInt64])
  func `loses one record alone to a write that is torn at any byte`(older: UInt64) throws {
    let folder = try TelemetryFolder()
    // The place of the new one is empty, or has one that is eight older.
    try makeLog(folder, 1...(older + 5))
    let before = try folder.read("kills.log")
    var log = try KillLog(in: folder.path, records: places)
    let new = log.lastSequence + 1
    try log.append(sealed(new))
    let after = try folder.read("kills.log")
    let place = (Int(new - 1) % Int(places) + 1) * recordBytes
    let others = try survey(folder).numbers.filter { $0 != new }
    let hasOlder = new > places
    for written in 0...recordBytes {
      var torn = before
      torn[place..<place + written] = after[place..<place + written]
      try folder.write(torn, to: "torn")
      let (numbers, survey) = try survey(folder, "torn")
      #expect(numbers.filter { $0 != new && $0 + places != new } == others, "\(written) bytes")
      if numbers.contains(new) {
        #expect(torn == after, "\(written) bytes")
      } else if numbers.count == others.count {
        #expect(survey.damaged == (torn == before && !hasOlder ? 0 : 1), "\(written) bytes")
      } else {
        #expect(hasOlder && torn == before && survey.damaged == 0, "\(written) bytes")
      }
    }
  }

  @Test func `record is none with any bit of it flipped`() {
    let whole = sealed(3)
    #expect(whole.isIntact)
    for bit in 0..<recordBytes * 8 {
      var flipped = whole
      flipped.block[bit / 64] ^= 1 << UInt64(bit % 64)
      #expect(!flipped.isIntact, "bit \(bit)")
    }
  }

  @Test func `that is cut short at any byte has what is before, and is mended`() throws {
    let folder = try TelemetryFolder()
    try makeLog(folder, 1...3)
    let bytes = try folder.read("kills.log")
    for length in recordBytes..<4 * recordBytes + 1 {
      try folder.write(bytes[..<length], to: "kills.log")
      let whole = (length - recordBytes) / recordBytes
      let (numbers, cut) = try survey(folder)
      #expect(numbers.count == whole && cut.missing == places - UInt64(whole), "\(length) bytes")
      guard length % 64 < 2 else { continue }
      var log = try KillLog(in: folder.path, records: places)
      let last = log.lastSequence
      #expect(last == UInt64(whole))
      try log.append(sealed(log.lastSequence + 1))
      let (again, mended) = try survey(folder)
      #expect(again.count == whole + 1 && mended.missing == 0 && mended.damaged == 0, "\(length) bytes")
    }
  }

  @Test func `whose header is cut or damaged is refused, and left as it is`() throws {
    let folder = try TelemetryFolder()
    try makeLog(folder, 1...3)
    let bytes = try folder.read("kills.log")
    for length in 1..<recordBytes {
      try folder.write(bytes[..<length], to: "kills.log")
      #expect([.foreign, .damaged].contains(whyNotOpened(folder)), "\(length) bytes")
      #expect(try folder.read("kills.log").count == length)
    }
    for bit in 0..<recordBytes * 8 {
      var flipped = bytes
      flipped[bit / 8] ^= 1 << UInt8(bit % 8)
      try folder.write(flipped, to: "kills.log")
      #expect(whyNotOpened(folder) != nil, "bit \(bit)")
      #expect(throws: KillLogError.self) { try survey(folder) }
      if bit % 97 == 0 { #expect(try folder.read("kills.log") == flipped) }
    }
  }

  @Test func `that was being made when the machine stopped is made anew`() throws {
    let folder = try TelemetryFolder()
    for length in [0, 1, 511, 512, 700, 2048] {
      try folder.write([UInt8](repeating: 0, count: length), to: "kills.log")
      #expect(try survey(folder).numbers.isEmpty)
      try makeLog(folder, 1...2)
      #expect(try survey(folder).numbers == [1, 2])
    }
  }

  @Test func `is never made of a file of somebody else`() throws {
    let folder = try TelemetryFolder()
    let letters = ["a", "a letter", String(repeating: "a long letter ", count: 900)].map { Array($0.utf8) }
    for letter in letters + [[UInt8](repeating: 0, count: 4000) + [1]] {
      try folder.write(letter, to: "kills.log")
      #expect(whyNotOpened(folder) == .foreign)
      #expect(try folder.read("kills.log") == letter)
    }
  }

  @Test func `has one writer, and needs a folder that can be written to`() throws {
    let folder = try TelemetryFolder()
    let first = try KillLog(in: folder.path, records: places)
    #expect(whyNotOpened(folder) == .owned)
    _ = consume first
    #expect(whyNotOpened(folder) == nil)
    // A file is in the way of a folder.
    do throws(KillLogError) {
      _ = try KillLog(in: folder.path(of: "kills.log/below"))
      Issue.record("a log below a file")
    } catch {
      #expect(error == .kernel(.notDirectory))
    }
    #expect(throws: KillLogError.kernel(.noSuchFileOrDirectory)) { try survey(folder, "nothing") }
  }

  @Test func `is made in folders that are missing`() throws {
    let folder = try TelemetryFolder()
    _ = try KillLog(in: folder.path(of: "one/two/three"))
    #expect(FileManager.default.fileExists(atPath: folder.url.appendingPathComponent("one/two/three/kills.log").path))
  }

  @Test func `is read while it is written, and nothing is seen torn`() throws {
    let folder = try TelemetryFolder()
    let writer = LogWriter(try KillLog(in: folder.path, records: places))
    writer.start()
    defer { writer.stop() }
    for _ in 0..<2000 {
      let (numbers, survey) = try survey(folder)
      #expect(survey.damaged == 0 && numbers == Array(Set(numbers)).sorted())
    }
  }
}

/// A thread that appends for as long as it is let.
private final class LogWriter: @unchecked Sendable {
  // The thread alone uses the log until it says that it has ended.
  private var log: KillLog
  private let isEnded = DispatchSemaphore(value: 0)
  private let end = DispatchSemaphore(value: 0)

  init(_ log: consuming KillLog) { self.log = log }

  func start() {
    Thread.detachNewThread { [self] in
      var number: UInt64 = 0
      while end.wait(timeout: .now()) == .timedOut {
        number += 1
        try? log.append(sealed(number))
      }
      isEnded.signal()
    }
  }

  func stop() {
    end.signal()
    isEnded.wait()
  }
}
