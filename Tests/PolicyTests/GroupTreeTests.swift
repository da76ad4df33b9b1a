import Testing

@testable import ScythePolicy

@Suite struct `Control groups ordered by number` {
  @Test(arguments: [0, 1, 2, 3, 64, 511, 512]) func `are each found, and nobody else is`(count: Int) {
    let groups = (0..<count).map { index in
      var group = GroupSample()
      group.number = UInt32(index * 2 + 1)
      return group
    }
    for index in 0..<count {
      #expect(groups.span.index(of: UInt32(index * 2 + 1)) == index)
      #expect(groups.span.group(UInt32(index * 2 + 1)) == groups[index])
    }
    for number in stride(from: 0, through: UInt32(count * 2), by: 2) {
      #expect(groups.span.index(of: number) == nil)
      #expect(groups.span.place(of: number) == Int(number / 2))
    }
    #expect(groups.span.index(of: .max) == nil)
  }
}
