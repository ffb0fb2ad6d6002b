//! Connected components, joined edge by edge.

/// Sets that merge (R. E. Tarjan, J. ACM 22, 215-225, 1975): path halving, union by size.
pub(super) struct Components {
    parent: Vec<u32>,
    size: Vec<u32>,
}

impl Components {
    pub(super) fn new(vertices: usize) -> Self {
        Self {
            parent: (0..vertices as u32).collect(),
            size: vec![1; vertices],
        }
    }

    pub(super) fn root(&mut self, mut vertex: u32) -> u32 {
        while self.parent[vertex as usize] != vertex {
            let above = self.parent[self.parent[vertex as usize] as usize];
            self.parent[vertex as usize] = above;
            vertex = above;
        }
        vertex
    }

    /// Joins the components of two vertices: the roots of the kept and of the absorbed one, or `None`
    /// if they were one already.
    pub(super) fn join(&mut self, a: u32, b: u32) -> Option<(u32, u32)> {
        let (a, b) = (self.root(a), self.root(b));
        if a == b {
            return None;
        }
        let (kept, absorbed) = if self.size[a as usize] >= self.size[b as usize] {
            (a, b)
        } else {
            (b, a)
        };
        self.parent[absorbed as usize] = kept;
        self.size[kept as usize] += self.size[absorbed as usize];
        Some((kept, absorbed))
    }
}
