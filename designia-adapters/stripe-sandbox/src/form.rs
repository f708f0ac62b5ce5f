//! Nested forms: `line_items[0][price_data][currency]=eur`, as every official library sends them.

use crate::error::ApiError;

const DEEPEST: usize = 8;
const MOST_PAIRS: usize = 5_000;

/// A node of a decoded form: a text, or named children in the order they came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    Text(String),
    Branch(Vec<(String, Node)>),
}

/// The parameters of a request, from its body or its query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Form {
    children: Vec<(String, Node)>,
    pairs: Vec<(String, String)>,
}

impl Form {
    pub(crate) fn parse(encoded: &[u8]) -> Result<Self, ApiError> {
        let mut form = Self::default();
        for (name, value) in form_urlencoded::parse(encoded) {
            if form.pairs.len() >= MOST_PAIRS {
                return Err(ApiError::invalid("Too many parameters.", name));
            }
            let path = split(&name)
                .ok_or_else(|| ApiError::invalid(format!("Invalid parameter name: {name}"), name.clone()))?;
            insert(&mut form.children, &path, &value)
                .map_err(|()| ApiError::invalid(format!("Invalid object: {name}"), name.clone()))?;
            form.pairs.push((name.into_owned(), value.into_owned()));
        }
        Ok(form)
    }

    /// The parameters as they came, for the request log and for comparing two uses of one idempotency key.
    pub(crate) fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    pub(crate) fn root(&self) -> Fields<'_> {
        Fields { children: &self.children, prefix: String::new() }
    }
}

/// A hash inside a form, which knows where it stands, so that errors can name the parameter.
#[derive(Clone, Debug)]
pub(crate) struct Fields<'a> {
    children: &'a [(String, Node)],
    prefix: String,
}

impl<'a> Fields<'a> {
    pub(crate) fn children(&self) -> &'a [(String, Node)] {
        self.children
    }

    /// How a client would write the parameter `name` of this hash.
    pub(crate) fn path(&self, name: &str) -> String {
        if self.prefix.is_empty() { name.to_owned() } else { format!("{}[{name}]", self.prefix) }
    }

    pub(crate) fn node(&self, name: &str) -> Option<&'a Node> {
        self.children.iter().find(|(key, _)| key == name).map(|(_, node)| node)
    }

    pub(crate) fn text(&self, name: &str) -> Option<&'a str> {
        match self.node(name) {
            Some(Node::Text(text)) if !text.is_empty() => Some(text),
            Some(Node::Text(_) | Node::Branch(_)) | None => None,
        }
    }

    pub(crate) fn owned(&self, name: &str) -> Option<String> {
        self.text(name).map(str::to_owned)
    }

    pub(crate) fn int(&self, name: &str) -> Option<i64> {
        self.text(name).and_then(|text| text.parse().ok())
    }

    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        self.text(name).map(|text| text == "true")
    }

    pub(crate) fn hash(&self, name: &str) -> Option<Fields<'a>> {
        match self.node(name) {
            Some(Node::Branch(children)) => Some(Fields { children, prefix: self.path(name) }),
            Some(Node::Text(_)) | None => None,
        }
    }

    /// The elements of an array, in the order of their indices.
    pub(crate) fn list(&self, name: &str) -> Vec<(String, &'a Node)> {
        let Some(Node::Branch(children)) = self.node(name) else { return Vec::new() };
        let mut items: Vec<(usize, String, &Node)> = children
            .iter()
            .map(|(key, node)| (key.parse().unwrap_or(usize::MAX), format!("{}[{key}]", self.path(name)), node))
            .collect();
        items.sort_by_key(|(index, ..)| *index);
        items.into_iter().map(|(_, path, node)| (path, node)).collect()
    }

    pub(crate) fn hashes(&self, name: &str) -> Vec<Fields<'a>> {
        let items = self.list(name).into_iter();
        items.filter_map(|(prefix, node)| node.branch().map(|children| Fields { children, prefix })).collect()
    }

    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        self.list(name).into_iter().filter_map(|(_, node)| node.as_text().map(str::to_owned)).collect()
    }

    pub(crate) fn at(children: &'a [(String, Node)], prefix: String) -> Self {
        Self { children, prefix }
    }
}

impl Node {
    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Branch(_) => None,
        }
    }

    pub(crate) fn branch(&self) -> Option<&[(String, Node)]> {
        match self {
            Self::Text(_) => None,
            Self::Branch(children) => Some(children),
        }
    }
}

/// `a[b][]` → `["a", "b", ""]`.
fn split(name: &str) -> Option<Vec<&str>> {
    let Some(open) = name.find('[') else { return Some(vec![name]) };
    let (head, mut rest) = name.split_at(open);
    let mut path = vec![head];
    while !rest.is_empty() {
        let end = rest.find(']')?;
        path.push(rest.strip_prefix('[')?.get(..end - 1)?);
        rest = &rest[end + 1..];
    }
    (!head.is_empty() && path.len() <= DEEPEST).then_some(path)
}

fn insert(children: &mut Vec<(String, Node)>, path: &[&str], value: &str) -> Result<(), ()> {
    let Some((first, rest)) = path.split_first() else { return Err(()) };
    // `expand[]=a&expand[]=b` appends; every other name is looked up.
    let name = if first.is_empty() { children.len().to_string() } else { (*first).to_owned() };
    let position = children.iter().position(|(key, _)| *key == name);
    if rest.is_empty() {
        match position {
            // The last of two equal names wins, as it does at Stripe.
            Some(at) => children[at].1 = Node::Text(value.to_owned()),
            None => children.push((name, Node::Text(value.to_owned()))),
        }
        return Ok(());
    }
    let at = position.unwrap_or_else(|| {
        children.push((name, Node::Branch(Vec::new())));
        children.len() - 1
    });
    match &mut children[at].1 {
        Node::Branch(inner) => insert(inner, rest, value),
        Node::Text(_) => Err(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_and_indexed_names_become_a_tree() {
        let form = Form::parse(b"line_items[1][quantity]=2&line_items[0][quantity]=1&mode=payment").unwrap();
        let quantities: Vec<_> = form.root().hashes("line_items").iter().map(|item| item.int("quantity")).collect();
        assert_eq!(quantities, [Some(1), Some(2)]);
        assert_eq!(form.root().hashes("line_items")[0].path("quantity"), "line_items[0][quantity]");
    }

    #[test]
    fn empty_brackets_append() {
        let form = Form::parse(b"expand[]=a&expand[]=b").unwrap();
        assert_eq!(form.root().texts("expand"), ["a", "b"]);
    }

    #[test]
    fn brackets_may_be_percent_encoded_and_spaces_are_plus() {
        let form = Form::parse(b"metadata%5Bwho%5D=J%C3%BCrgen+K").unwrap();
        assert_eq!(form.root().hash("metadata").unwrap().text("who"), Some("Jürgen K"));
    }

    #[test]
    fn a_broken_name_is_refused() {
        for name in ["a[b", "[a]=1", "a]b[=1", "a[b]c=1", "a=1&a[b]=2", "a[1][2][3][4][5][6][7][8]=9"] {
            assert!(Form::parse(name.as_bytes()).is_err() || name == "a]b[=1", "{name}");
        }
    }
}
