import HTTPAPI
import Testing

struct QueryStringTests {
    @Test(arguments: [
        ("query=two+words", "query", "two words"), ("query=two%20words", "query", "two words"), ("query=1%2B1", "query", "1+1"),
        ("query=%ED%95%9C+%EA%B8%80", "query", "한 글"), ("a=1&query=x%26y%3Dz&b=2", "query", "x&y=z"), ("a=b=c", "a", "b=c"), ("a", "a", ""),
        ("a=1&a=2", "a", "2"), ("a=100%", "a", "100%"), ("a=%zz%4", "a", "%zz%4"), ("my+key=v", "my key", "v"),
    ])
    func `values are read as forms write them`(query: String, name: String, value: String) {
        #expect(QueryString.value(of: name, in: query) == value)
    }

    @Test(arguments: ["", "&&", "=x", "b=1", "query2=1"])
    func `an absent name has no value`(query: String) {
        #expect(QueryString.value(of: "query", in: query) == nil)
    }
}
