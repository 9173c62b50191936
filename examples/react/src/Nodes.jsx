// An answer as plain data (docs/api.md, "Nodes"), drawn with React's own elements: no HTML string anywhere.

const INLINE = { strong: "strong", emphasis: "em", quote: "blockquote", item: "li", paragraph: "p" };

export function Nodes({ nodes }) {
  return nodes.map((node, number) => <Node key={number} node={node} />);
}

function Node({ node }) {
  const inside = node.children ? <Nodes nodes={node.children} /> : node.text;
  switch (node.type) {
    case "text":
      return node.text;
    case "break":
      return <br />;
    case "rule":
      return <hr />;
    case "code":
      return <code>{node.text}</code>;
    case "code_block":
      return <pre><code>{node.text}</code></pre>;
    case "heading":
      return <p><strong>{inside}</strong></p>;
    case "list":
      return node.ordered ? <ol start={node.start ?? 1}>{inside}</ol> : <ul>{inside}</ul>;
    case "link": // the service lets only http(s), mailto and tel through
      return <a href={node.url} target="_blank" rel="noopener noreferrer">{inside}</a>;
    default: {
      const Tag = INLINE[node.type] ?? "span";
      return <Tag>{inside}</Tag>;
    }
  }
}
