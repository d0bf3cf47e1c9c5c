//! Several results in one.

use orchestration::{Unfit, Unshaped};

use super::{Body, Partial, mapping, scene};
use crate::{Members, Merge, Part, Policy};

#[test]
fn merging_follows_its_policy_and_the_declared_order() {
    let merge = |policy, name: Option<&str>, results: &[Option<&str>]| {
        let merge = Part::Merge(Merge {
            of: vec![1, 0],
            policy,
            name: name.map(str::to_owned),
        });
        let mut parts = vec![merge];
        if results.len() > 2 {
            let name = "third".to_owned();
            parts.push(Part::Call { name, call: 2 });
        }
        let mut mapping = mapping(Body::Members(Members { parts }));
        mapping.partial = Partial::Header;
        scene(results).shape(&mapping)
    };
    let (a, b) = (Some(r#"{"x":1.0,"y":2}"#), Some(r#"{"y":3,"z":4,"z":5}"#));
    let unfit = |fault: &str| Err(Unshaped::from(fault.to_owned()));
    let object = r#"{"y":3,"z":5,"x":1.0}"#;
    assert_eq!(merge(Policy::First, None, &[a, b]).unwrap(), object);
    let named = format!(r#"{{"m":{object}}}"#);
    assert_eq!(merge(Policy::First, Some("m"), &[a, b]).unwrap(), named);
    let twice = |detail: &str| {
        Err(Unshaped::from(Unfit {
            detail: detail.to_owned(),
            note: "`a`: a member is there already, from another result".to_owned(),
        }))
    };
    assert_eq!(
        merge(Policy::Error, None, &[a, b]),
        twice("`a`: the member `y` is there already, from another result")
    );
    // A name may be data.
    for name in ["MRN", "4711", "m4711", "anna maria", "a.b", &"a".repeat(41)] {
        let map = format!(r#"{{"{name}":1}}"#);
        assert_eq!(
            merge(Policy::Error, Some("m"), &[Some(&map), Some(&map)]),
            unfit("`a`: a member is there already, from another result")
        );
    }
    assert_eq!(merge(Policy::Error, None, &[a, None]).unwrap(), a.unwrap());
    let third = Some(r#"{"third":0}"#);
    assert_eq!(
        merge(Policy::First, None, &[third, None, Some("1")]).unwrap(),
        r#"{"third":0}"#
    );
    let result = merge(Policy::Error, None, &[third, None, Some("1")]);
    let Err(Unshaped::Unfit(clash)) = result else {
        panic!("{result:?}")
    };
    assert_eq!(
        clash.detail,
        "`third`: the member `third` is there already, from another result"
    );
    assert_eq!(
        merge(Policy::Error, None, &[Some("[]"), None]),
        unfit("`a`: not an object to merge")
    );
    let own = Some(r#"{"problems":[],"x":1}"#);
    assert_eq!(
        merge(Policy::First, None, &[own, None]).unwrap(),
        r#"{"x":1}"#
    );
    assert_eq!(
        merge(Policy::Error, None, &[own, None]),
        unfit("`a`: the member `problems` is the service's own")
    );
    let lists = [Some("[1.0, 2]"), Some("[3]")];
    assert_eq!(merge(Policy::Concat, None, &lists).unwrap(), "[3,1.0,2]");
    assert_eq!(
        merge(Policy::Concat, Some("m"), &lists).unwrap(),
        r#"{"m":[3,1.0,2]}"#
    );
    assert_eq!(
        merge(Policy::Concat, None, &[Some("[1]"), None]).unwrap(),
        "[1]"
    );
    assert_eq!(
        merge(Policy::Concat, None, &[Some("{}"), None]),
        unfit("`a`: not an array to join")
    );
}
