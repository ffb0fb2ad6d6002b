//! Matrices of a layered network, read from a folder of arrays of NumPy.

use std::path::Path;

use nalgebra::DMatrix;

use super::DataError;
use super::files::read_array;

const REMEDY: &str = "put the matrices M_0.npy, M_1.npy, ... into that folder, class side first, rows \
    for the layer above and columns for the layer below; those of Sun and Orchard 2020 are the files \
    generatively_trained_M_0.npy to _2.npy of the repository jorchard/decay_pc_demo";

/// The matrices `M_0.npy`, `M_1.npy`, ... of a folder, class side first, as they stand in
/// [`PredictiveNetwork`](crate::networks::predictive::PredictiveNetwork): `M_l` is `n_l x n_{l+1}`,
/// the transpose of what the file holds.
///
/// # Errors
/// [`DataError::Unreadable`] if there is no `M_0.npy`, [`DataError::Malformed`] for a file that is
/// no matrix of numbers.
pub fn read_matrices(folder: &Path) -> Result<Vec<DMatrix<f64>>, DataError> {
    let mut matrices = Vec::new();
    loop {
        let path = folder.join(format!("M_{}.npy", matrices.len()));
        if !matrices.is_empty() && !path.exists() {
            return Ok(matrices);
        }
        let (shape, values) = read_array(&path, REMEDY)?;
        let [above, below] = shape[..] else {
            return Err(DataError::Malformed {
                path,
                problem: format!("an array of shape {shape:?} is no matrix"),
            });
        };
        // Row after row of the file is column after column of its transpose.
        matrices.push(DMatrix::from_vec(below, above, values));
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;
    use crate::experiment::npy;

    #[test]
    fn a_folder_of_matrices_is_read_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let error = read_matrices(folder.path()).unwrap_err().to_string();
        assert!(
            error.contains("M_0.npy") && error.contains("decay_pc_demo"),
            "{error}"
        );
        for (name, shape, values) in [
            ("M_0.npy", [3, 2], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
            ("M_1.npy", [2, 3], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
        ] {
            let file = File::create(folder.path().join(name)).unwrap();
            npy::write(file, &shape, &values).unwrap();
        }
        let found = read_matrices(folder.path()).unwrap();
        assert_eq!(found[0], nalgebra::dmatrix![1.0, 3.0, 5.0; 2.0, 4.0, 6.0]);
        assert_eq!(found[1].shape(), (3, 2));
        npy::write(
            File::create(folder.path().join("M_1.npy")).unwrap(),
            &[6],
            &[0.0; 6],
        )
        .unwrap();
        assert!(
            read_matrices(folder.path())
                .unwrap_err()
                .to_string()
                .contains("no matrix")
        );
    }
}
